"""What becomes of a file of the system when a host file is laid into it. Pure: text in, text out."""

from __future__ import annotations


def after_block(before, name, body):
    """`before` with the marked block `name` holding `body`; a block that is there is replaced where it stands, another is added at the end."""
    begin, end = "# BEGIN fogline " + name, "# END fogline " + name
    block = [begin] + body.rstrip("\n").split("\n") + [end]
    lines = before.split("\n")
    if begin in lines and end in lines[lines.index(begin):]:
        first = lines.index(begin)
        last = lines.index(end, first)
        return "\n".join(lines[:first] + block + lines[last + 1:])
    # A block whose end was lost is not guessed at: the new one follows and, of two settings, the firmware takes the last.
    kept = before if before in ("", "\n") or before.endswith("\n") else before + "\n"
    return (kept if kept != "\n" else "") + "\n".join(block) + "\n"


def words_of(body):
    """The words of a host file, without its comments."""
    return [word for line in body.split("\n") if not line.startswith("#") for word in line.split()]


def after_words(before, body):
    """
    The one line of `before` with the words of `body` that it lacks. Raises ValueError where the file is not one line: the firmware reads the
    first alone, so that adding to it might change what a second one was meant to say.
    """
    lines = [line for line in before.split("\n") if line.strip() != ""]
    if len(lines) > 1:
        raise ValueError("it has %d lines and the firmware reads one" % len(lines))
    there = lines[0].split() if lines else []
    contrary = [word for word in there if word.startswith("cgroup_disable=memory")]
    kept = [word for word in there if word not in contrary]
    lacking = [word for word in words_of(body) if word not in kept]
    if not lacking and not contrary:
        return before
    return " ".join(kept + lacking) + "\n"


def after_laying(before, how, name, content):
    """The text of a file once a host file is laid; `before` is None where there is none. Raises ValueError with a reason."""
    if how in ("copy", "data"):
        return content
    if how == "block":
        return after_block(before or "", name, content)
    if how == "words":
        if before is None:
            raise ValueError("there is no such file, and the machine would not boot by words alone")
        return after_words(before, content)
    raise ValueError("a host file cannot be laid by %s" % how)
