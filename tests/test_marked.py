"""The marked posts of training/text are well formed."""

import pytest

from training.marked import TEXT, posts, read


def test_marked_posts_are_well_formed() -> None:
    found = posts()
    assert len(found) > 1000
    assert len({p.id for p in found}) == len(found)
    for post in found:
        for a, b, _ in post.spans:
            words = post.text[a:b]
            assert words == words.strip() and words, (post.id, words)
        assert all(b <= c for (_, b, _), (c, _, _) in zip(post.spans, post.spans[1:], strict=False)), post.id
    bare = [p for p in found if not p.spans]
    assert 0.05 < len(bare) / len(found) < 0.2  # posts in which nothing is told teach as well


def test_a_mark_that_is_none_is_an_error(tmp_path) -> None:  # type: ignore[no-untyped-def]
    for body, says in (("I took {PILL one}", "PILL is no label"), ("I took {DRUG }", "a brace that marks nothing")):
        path = tmp_path / "x.txt"
        path.write_text(f"### X-1 | gout | man\n{body}\n", encoding="utf-8")
        with pytest.raises(ValueError, match=says):
            list(read(path))
    assert TEXT.is_dir()
