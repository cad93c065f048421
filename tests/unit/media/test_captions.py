"""Captions derived from what a segment says of itself."""

import json
import subprocess
from datetime import datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from field_app.domain.clock import CHINA, Moment
from field_app.media.captions import captions, read_facts, subrip
from field_app.media.clip import About, moment_to_json

AT = Moment(datetime(2026, 11, 26, 9, 40, 12, 400000, CHINA), 99_000, "boot")
ABOUT = About(case="2026-001", place="某镇三号厂房", officers=("张三 A001", "李四 A002"),
              step="现场检查", view="现场")


def _comment() -> str:
    return json.dumps({"format": "le-clip/1", "started": moment_to_json(AT), **ABOUT.to_json()})


def test_each_second_says_time_place_officers_and_step() -> None:
    facts = read_facts(_comment())
    assert facts.about == ABOUT
    made = list(captions(facts, 2.0))
    assert [(round(c.begin_s, 3), round(c.end_s, 3)) for c in made] == [
        (0.0, 0.6), (0.6, 1.6), (1.6, 2.0)]
    assert made[0].text == "2026-11-26 09:40:12　某镇三号厂房　张三 A001、李四 A002　现场检查　现场"
    assert made[1].text.startswith("2026-11-26 09:40:13")


def test_ffmpeg_reads_the_subrip_file(tmp_path: Path) -> None:
    path = tmp_path / "c.srt"
    path.write_text(subrip(read_facts(_comment()), 600.0), "utf-8")
    told = subprocess.run(
        ["ffprobe", "-v", "error", "-count_packets", "-show_entries", "stream=nb_read_packets",
         "-of", "csv=p=0", path], check=True, capture_output=True, text=True).stdout
    assert int(told) == 601


@given(st.one_of(st.text(max_size=80), st.dictionaries(
    st.sampled_from(["started", "officers", "place"]),
    st.one_of(st.none(), st.integers(), st.lists(st.integers(), max_size=3), st.just(
        moment_to_json(AT)))).map(json.dumps)))
def test_a_comment_of_strangers_is_refused_or_read(comment: str) -> None:
    try:
        facts = read_facts(comment)
    except ValueError:
        return
    assert facts.started == AT and all(isinstance(o, str) for o in facts.about.officers)


def test_no_endless_captions() -> None:
    with pytest.raises(ValueError, match="comment"):
        read_facts("[" * 9999)
    assert sum(1 for _ in captions(read_facts(_comment()), 1e12)) == 86_401
