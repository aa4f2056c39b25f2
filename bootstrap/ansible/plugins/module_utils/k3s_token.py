"""What is decided about the token of a cluster. Pure."""

from __future__ import annotations

# Shorter than any that K3s or Fogline makes: what is shorter was cut off.
CHARACTERS_MIN = 16
# What stands in the note of a rotation: it was begun, and K3s has made the new token.
BEGUN, MADE = "begun\n", "made\n"


def secret_of(token):
    """The secret part of `K10<digest>::server:<secret>`; a token without the other parts is its own secret."""
    return token.strip().rsplit(":", 1)[-1]


def is_whole(text):
    return text is not None and text.endswith("\n") and len(text.split()) == 1 and len(secret_of(text)) >= CHARACTERS_MIN


def next_step(noted, runs, file, own, before):
    """
    What a rotation does next on the first server, from its note, whether K3s runs, and the token in three places: the file that K3s starts with, K3s' own
    data, and what was put aside as the one before. A power cut may come between any two of them.

    rotate    K3s makes a new token
    note      it has made one, and was ended before that was noted: it does not start with the old one any more
    continue  it has made one, and the rest is to follow
    refuse    K3s does not run, and nothing speaks for a rotation that was begun
    """
    made = before is not None and secret_of(own) != secret_of(before)
    if noted == MADE and made:
        return "continue"
    if runs:
        # Also where it was begun: whether K3s came to its end is not known, and another token does no harm.
        return "rotate"
    return "note" if noted is not None and made and secret_of(own) != secret_of(file) else "refuse"
