"""Whatever the network and the server do: nothing of others is lost, no secret comes out, and each report is true."""

from __future__ import annotations

from tests.reliability.rounds import Box, Round


def test_round(seed: int, box: Box) -> None:
    """A round of declarations under faults, and after each a run without faults that converges and one that changes nothing."""
    box.ledger.seeds.append(seed)
    before = box.ledger.faults
    played = Round(box, seed)
    try:
        findings = played.play()
    finally:
        played.clean_up()

    assert box.ledger.faults > before, "no fault was injected"
    assert not findings, "\n".join([f"{len(findings)} findings", *findings])
