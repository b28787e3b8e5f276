"""An epoch that ends within the delta that an agent is in, while a handler has a part of it."""

import notation
import transcript
from swarmlog import Log
from test_agent_transcripts import Player

# Of the key k1 the delta has the operation 6 only, and not 2.
WITHIN_A_DELTA = """
agent main
start
plan main@0 DELTA target=6 scopes=A
delivery main 0 main@4 3:A:k2:a 4:A
ended UNAVAILABLE
timer RECONNECT
plan main@0/2 DELTA target=5 scopes=A fork=main@4
applied main
"""


def played(lines: str) -> tuple[Player, list[str]]:
    """What comes of the last line."""
    player = Player()
    for line in lines.strip().splitlines():
        player.outputs.clear()
        player._input(transcript.Input.parse(line))
    return player, player.outputs


def test_should_not_go_on_at_the_fork_for_keys_that_were_left_out_for_what_is_lost() -> None:
    # when the handler is done, and the plan was made for what it has only
    player, outputs = played(WITHIN_A_DELTA)
    # then
    assert "open lane main" not in outputs
    assert any(
        line.endswith(
            "Expected a plan of main that knows of the delta to operation 6, "
            "which is lost behind 4, but it was made before that began"
        )
        for line in outputs
    ), outputs
    # when it connects again
    player, outputs = played(WITHIN_A_DELTA + "timer RECONNECT\n")
    # then it says how far the delta goes
    assert outputs[-1] == "open control, resume [main@4, in delta 0..4..6, holds A]"
    # when the coordinator answers with the keys that it has
    player, outputs = played(
        WITHIN_A_DELTA
        + "timer RECONNECT\nplan main@4/2 SNAPSHOT target=5 scopes=A pages=A fork=main@4\n"
    )
    # then
    assert "open lane main" in outputs
    assert player.session.lane(Log.MAIN).position == notation.position("main@4/2")


def test_should_go_on_at_the_fork_where_the_delta_ends_there() -> None:
    # when
    _, outputs = played(WITHIN_A_DELTA.replace("target=6", "target=4"))
    # then
    assert "open lane main" in outputs
