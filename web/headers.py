"""The headers of every response, made once at start. See docs/protocol.md, "Headers"."""

from multidict import CIMultiDict, CIMultiDictProxy

_DIRECTIVES = (
    "default-src 'none'",
    "script-src 'self'",
    "worker-src 'self'",
    "connect-src 'self'",
    "style-src 'self'",
    "img-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    # A string can become code only through the one policy named here.
    "require-trusted-types-for 'script'",
    "trusted-types slash-secret",
)
CSP = "; ".join(_DIRECTIVES)
# The Argon2 worker's own response alone: nothing else on the site may compile WebAssembly.
WORKER_CSP = CSP.replace("script-src 'self'", "script-src 'self' 'wasm-unsafe-eval'")
# The team's logo is somebody's file. Whoever opens an SVG by its address, or embeds it as a document,
# gets no script, no form, no origin of ours, and nothing loaded; its own styles paint it.
LOGO_CSP = (
    "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'; sandbox"
)

# What today's browsers know by name on every platform: an unknown name is a warning in the console
# of everybody who looks there to check us, and keeps nobody out.
_DENIED = (
    "accelerometer", "autoplay", "browsing-topics", "camera", "clipboard-read", "compute-pressure",
    "display-capture", "encrypted-media", "fullscreen", "gamepad", "geolocation", "gyroscope",
    "hid", "identity-credentials-get", "idle-detection", "keyboard-map", "local-fonts",
    "magnetometer", "microphone", "midi", "otp-credentials", "payment", "picture-in-picture",
    "publickey-credentials-create", "publickey-credentials-get", "screen-wake-lock", "serial",
    "storage-access", "sync-xhr", "usb", "window-management", "xr-spatial-tracking",
)  # fmt: skip
PERMISSIONS = ", ".join([*(f"{name}=()" for name in _DENIED), "clipboard-write=(self)"])

CSP_HEADER = "Content-Security-Policy"
NO_STORE = "no-store"
IMMUTABLE = "public, max-age=31536000, immutable"


def security_headers(*, https: bool) -> CIMultiDictProxy[str]:
    """Headers for every route and error; HSTS only where PUBLIC_URL is https."""
    headers = {
        CSP_HEADER: CSP,
        "Referrer-Policy": "no-referrer",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
        "X-Content-Type-Options": "nosniff",
        "Permissions-Policy": PERMISSIONS,
        "X-Robots-Tag": "noindex",
        "Server": "slash-secret",
    }
    if https:
        headers["Strict-Transport-Security"] = "max-age=63072000; includeSubDomains"
    # As responses keep them: each is given a copy, made without a look at a single name.
    return CIMultiDictProxy(CIMultiDict(headers))
