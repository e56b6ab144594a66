"""Contrast as WCAG counts it, and colours of one hue."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from web.colour import Colour

CHANNEL = st.integers(0, 255)
COLOURS = st.builds(Colour, CHANNEL, CHANNEL, CHANNEL)
WHITE, BLACK = Colour.of("#ffffff"), Colour.of("#000000")


@pytest.mark.parametrize(
    ("one", "other", "ratio"),
    [
        ("#000000", "#ffffff", 21.0),
        ("#ffffff", "#ffffff", 1.0),
        ("#767676", "#ffffff", 4.54),  # the lightest grey that passes on white
        ("#777777", "#ffffff", 4.48),  # and the next one, which does not
        ("#949494", "#ffffff", 3.03),
        ("#ff0000", "#ffffff", 4.00),
        ("#0000ff", "#ffffff", 8.59),
        ("#00ff00", "#ffffff", 1.37),
        ("#ffff00", "#000000", 19.56),
        ("#ff0000", "#00ff00", 2.91),
    ],
)
def test_contrast_is_what_every_checker_says(one: str, other: str, ratio: float) -> None:
    """WCAG 2.2, contrast ratio: known values, in both directions."""
    assert Colour.of(one).contrast(Colour.of(other)) == pytest.approx(ratio, abs=0.005)
    assert Colour.of(other).contrast(Colour.of(one)) == pytest.approx(ratio, abs=0.005)


@pytest.mark.parametrize(
    ("text", "lightness", "chroma"),
    [
        ("#ffffff", 1.0, 0.0),
        ("#000000", 0.0, 0.0),
        ("#ff0000", 0.62796, 0.25768),
        ("#00ff00", 0.86644, 0.29483),
        ("#0000ff", 0.45201, 0.31321),
    ],
)
def test_lightness_is_oklabs(text: str, lightness: float, chroma: float) -> None:
    """The corners of sRGB in Oklab, as in CSS Color 4's tables."""
    assert Colour.of(text).lightness == pytest.approx(lightness, abs=1e-4)
    assert Colour.of(text).chroma == pytest.approx(chroma, abs=1e-4)


@given(COLOURS)
def test_text_and_colour_are_the_same_thing(colour: Colour) -> None:
    """There and back."""
    assert Colour.of(str(colour)) == colour


@given(COLOURS)
def test_a_colour_at_its_own_lightness_is_itself(colour: Colour) -> None:
    """To Oklab and back, within the rounding of a channel."""
    same = colour.at(colour.lightness)
    for one, other in (
        (same.red, colour.red),
        (same.green, colour.green),
        (same.blue, colour.blue),
    ):
        assert abs(one - other) <= 1


@given(COLOURS, st.floats(0.15, 1))
def test_another_lightness_is_reached_whatever_the_hue(colour: Colour, lightness: float) -> None:
    """Where sRGB has no such colour, chroma gives way, never lightness (near black, bytes are coarse)."""
    assert colour.at(lightness).lightness == pytest.approx(lightness, abs=0.01)
    assert colour.at(0) == BLACK
    assert colour.at(1) == WHITE


@settings(deadline=None)
@given(COLOURS, st.sampled_from([3.0, 4.5, 7.0, 12.0]))
def test_it_becomes_as_dark_or_as_light_as_it_must(colour: Colour, ratio: float) -> None:
    """On white and on black; what passes already is left alone."""
    darker, lighter = colour.darkened_for(ratio, WHITE), colour.lightened_for(ratio, BLACK)
    assert darker.contrast(WHITE) >= ratio
    assert lighter.contrast(BLACK) >= ratio
    assert (darker == colour) == (colour.contrast(WHITE) >= ratio)
    assert (lighter == colour) == (colour.contrast(BLACK) >= ratio)
