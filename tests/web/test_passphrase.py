"""Passphrases at the API: what is a try, what is not, and that the fifth wrong one is the last."""

import asyncio
import hashlib
from collections import Counter

import pytest

from storage import envelope, keys, seal
from storage.errors import DamagedContent
from storage.model import Content, Details, Event, Passphrase, Proof
from storage.outcomes import Shared
from storage.scripts import Scripts
from storage.seal import KeyRing
from storage.vault import Vault
from storage.wire import b64u
from tests.links import HOUR, Holder
from tests.numbers import n
from tests.people import ANNA
from tests.raw import RawStore
from tests.site import Site

WORDS = Passphrase.of("correct horse")


async def locked(vault: Vault, *, single_use: bool = True) -> tuple[Holder, Proof]:
    """Make a secret with a passphrase; give its link's holder and the right proof."""
    made = await vault.share(
        ANNA,
        Content(text="hunter2"),
        label="ACME",
        lifetime=HOUR,
        single_use=single_use,
        passphrase=WORDS,
    )
    assert isinstance(made, Shared)
    holder = Holder.of(made.link)
    stretched = await asyncio.to_thread(envelope.stretch, WORDS, holder.key, holder.id)
    return holder, envelope.passphrase_proof(holder.key, stretched, holder.id)


async def guess(site: Site, holder: Holder, proof: object = None) -> tuple[int, dict[str, object]]:
    """Click with this proof of the passphrase (None: without the member)."""
    body: dict[str, object] = {"link_proof": b64u(holder.proof.expose()), "nonce": b64u(b"n" * 16)}
    if proof is not None:
        body["passphrase_proof"] = b64u(proof.expose()) if isinstance(proof, Proof) else proof
    answer = await site.post(site.path(holder.id, "reveal"), body)
    told = await answer.json()
    return answer.status, told.get("error", told)


async def tries_left(site: Site, holder: Holder) -> object:
    """What the page reads before it asks for the passphrase."""
    return (await (await site.ask("status", holder)).json())["tries_left"]


async def test_the_page_learns_how_to_prove_the_passphrase(site: Site) -> None:
    """Argon2 parameters by name, and the tries that are left."""
    holder, right = await locked(site.vault)
    status = await (await site.ask("status", holder)).json()
    assert status["passphrase"] == {"name": "argon2id", "m": 65_536, "t": 3, "p": 1}
    assert status["tries_left"] == 5
    code, opened = await guess(site, holder, right)
    assert code == 200
    assert set(opened) == {"blob", "views", "retry_until"}
    assert (await guess(site, holder, right))[1]["blob"] == opened["blob"]


@pytest.mark.parametrize(
    "proof",
    ["", "AA", "A" * 42, "A" * 43 + "=", "A" * 42 + "B", "*" * 43, "Ä" * 43, 7, [], {}, True],
    ids=str,
)
async def test_a_malformed_proof_is_no_try(site: Site, proof: object) -> None:
    """400, and every try is still there."""
    holder, _ = await locked(site.vault)
    code, error = await guess(site, holder, proof)
    assert (code, error["code"]) == (400, "bad_request")
    assert await tries_left(site, holder) == 5


async def test_no_proof_is_no_try(site: Site) -> None:
    """403 passphrase_required, as often as anybody asks."""
    holder, right = await locked(site.vault)
    for _ in range(7):
        code, error = await guess(site, holder)
        assert (code, error["code"]) == (403, "passphrase_required")
        assert "tries_left" not in error
    assert await tries_left(site, holder) == 5
    assert (await guess(site, holder, right))[0] == 200


async def test_whoever_lacks_the_link_has_no_tries(site: Site) -> None:
    """A wrong link proof with any passphrase is answered as an unknown id, and counts nothing."""
    holder, right = await locked(site.vault)
    for _ in range(7):
        stranger = Holder(holder.id, holder.key, Proof.random())
        code, error = await guess(site, stranger, Proof.random())
        assert (code, error["code"]) == (404, "unavailable")
    assert await tries_left(site, holder) == 5
    assert (await guess(site, holder, right))[0] == 200


async def test_a_proof_where_none_is_asked_changes_nothing(site: Site) -> None:
    """A secret without a passphrase opens whatever the page adds."""
    made = await site.vault.share(
        ANNA, Content(text="hunter2"), label="", lifetime=HOUR, single_use=True
    )
    assert isinstance(made, Shared)
    holder = Holder.of(made.link)
    status = await (await site.ask("status", holder)).json()
    assert (status["passphrase"], status["tries_left"]) == (None, None)
    assert (await guess(site, holder, Proof.random()))[0] == 200


async def test_d3_the_right_one_after_four_wrong_opens(site: Site) -> None:
    """D3: four wrong ones count down, and the fifth try may still be the right one."""
    holder, right = await locked(site.vault)
    for left in (4, 3, 2, 1):
        code, error = await guess(site, holder, Proof.random())
        assert (code, error["code"], error["tries_left"]) == (403, "wrong_passphrase", left)
        assert await tries_left(site, holder) == left
    assert (await guess(site, holder, right))[0] == 200


async def test_d3_the_same_wrong_one_counts_once(site: Site) -> None:
    """D3: ten times the same typing mistake is one try."""
    holder, _ = await locked(site.vault)
    mistake = Proof.random()
    for _ in range(10):
        code, error = await guess(site, holder, mistake)
        assert (code, error["code"], error["tries_left"]) == (403, "wrong_passphrase", 4)
    assert await tries_left(site, holder) == 4


async def test_d3_the_fifth_wrong_one_destroys(site: Site, store_client: RawStore) -> None:
    """D3: 410 gone, burned, for that try and for the right one afterwards; nothing is kept."""
    holder, right = await locked(site.vault, single_use=False)
    for _ in range(4):
        await guess(site, holder, Proof.random())
    for proof in (Proof.random(), right):
        code, error = await guess(site, holder, proof)
        assert (code, error["code"], error["reason"]) == (410, "gone", "burned")
    assert await store_client.exists(keys.blob(holder.id)) == 0
    assert (await site.ask("status", holder)).status == 410


async def test_d3_200_parallel_wrong_ones(site: Site, store_client: RawStore) -> None:
    """D3: exactly five are evaluated, and the ciphertext is gone."""
    for _ in range(n("D3", everyday=2, full=20)):
        holder, _ = await locked(site.vault)
        answers = await _storm(site, holder)
        assert answers == {(403, "wrong_passphrase"): 4, (410, "gone"): 196}
        assert len(await store_client.hget(keys.record(holder.id), "guesses")) == 5 * 32
        assert await store_client.exists(keys.blob(holder.id)) == 0
        details = await site.vault.details(ANNA.workspace, holder.id)
        assert isinstance(details, Details)
        events = Counter(entry.event for entry in details.trail)
        assert (events[Event.WRONG_PASSPHRASE], events[Event.DESTROYED]) == (5, 1)


async def test_d3_control_without_the_limit_all_are_evaluated(site: Site) -> None:
    """D3's negative control: the same storm, with the script's end of tries taken away."""
    script = site.vault._scripts._open
    script.text = script.text.replace("#r.guesses >= TRIES_MAX * 32", "#r.guesses >= 1e9")
    script.sha = hashlib.sha1(script.text.encode(), usedforsecurity=False).hexdigest()
    holder, _ = await locked(site.vault)
    assert (await _storm(site, holder))[(403, "wrong_passphrase")] == 200
    # Such answers are none that the API describes: no tries left, and still another one.
    assert site.contract.broken
    site.contract.broken.clear()


async def test_d4_with_the_link_and_the_store_a_wrong_passphrase_decrypts_nothing(
    vault: Vault, store_client: RawStore, ring: KeyRing
) -> None:
    """D4: also for somebody who holds K, the store and the server's key."""
    for _ in range(n("D4", everyday=1, full=20)):
        holder, right = await locked(vault)
        (stored,) = await Scripts(store_client).read([holder.id])
        assert stored
        assert stored.blob
        blob = seal.open_blob(ring.current, holder.id, stored.sealed.mac, stored.blob)
        with pytest.raises(DamagedContent):
            envelope.unseal(blob, holder.key, holder.id)
        for words in ("correct hors", "Correct horse", "correct  horse", "correct horse!"):
            wrong = envelope.stretch(Passphrase.of(words), holder.key, holder.id)
            with pytest.raises(DamagedContent):
                envelope.unseal(blob, holder.key, holder.id, stretched=wrong)
            assert envelope.passphrase_proof(holder.key, wrong, holder.id) != right
        # The control: the right one opens the very same bytes.
        known = envelope.stretch(WORDS, holder.key, holder.id)
        assert envelope.unseal(blob, holder.key, holder.id, stretched=known).text == "hunter2"


async def _storm(site: Site, holder: Holder) -> Counter[tuple[int, object]]:
    answers = await asyncio.gather(*(guess(site, holder, Proof.random()) for _ in range(200)))
    return Counter((status, told["code"]) for status, told in answers)
