"""Playback of a long segment: jumping reads next to nothing, and damage is told."""

import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO, cast

import numpy as np
import pytest

from field_app.crypto.age_keys import Identity
from field_app.crypto.stanzas import AgeError
from field_app.crypto.suites import seal_file
from field_app.media.errors import Unplayable
from field_app.media.playback import ClipPlayback, PlaybackPart, SealedClipFile, open_clip, probe

pytestmark = pytest.mark.alone

SECONDS = 480


class _CountingFile:
    """A real file that counts the bytes read from it."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("rb")
        self.count = 0

    def read(self, size: int = -1) -> bytes:
        data = self._file.read(size)
        self.count += len(data)
        return data

    def readline(self, size: int = -1) -> bytes:
        data = self._file.readline(size)
        self.count += len(data)
        return data

    def __getattr__(self, name: str) -> Any:
        return getattr(self._file, name)


@pytest.fixture(scope="module")
def long_clip(tmp_path_factory: pytest.TempPathFactory, identity: Identity) -> Path:
    """Eight minutes of noise and a tone, laid out as our segments are."""
    folder = tmp_path_factory.mktemp("long")
    base, looped = folder / "base.mp4", folder / "looped.mp4"
    subprocess.run(
        ["ffmpeg", "-v", "error", "-f", "lavfi", "-i",
         "color=gray:s=320x240:r=25:d=8,noise=alls=40:allf=t", "-f", "lavfi", "-i",
         "sine=997:r=48000:d=8", "-c:v", "libx264", "-preset", "ultrafast", "-crf", "36", "-g",
         "25", "-bf", "0", "-c:a", "aac", base], check=True)
    subprocess.run(
        ["ffmpeg", "-v", "error", "-stream_loop", str(SECONDS // 8 - 1), "-i", base, "-c", "copy",
         "-movflags", "frag_keyframe+empty_moov+delay_moov+default_base_moof", looped], check=True)
    sealed = folder / "looped.mp4.age"
    seal_file(sealed, [looped.read_bytes()], [identity.recipient])
    looped.unlink()
    return sealed


def test_a_jump_reads_less_than_a_hundredth(long_clip: Path, identity: Identity) -> None:
    counting = _CountingFile(long_clip)
    size = long_clip.stat().st_size
    assert size > 30 << 20
    clip = ClipPlayback([PlaybackPart(
        lambda: cast(BinaryIO, SealedClipFile(cast(BinaryIO, counting), [identity])), SECONDS)])
    assert clip.frame_at(0) is not None
    assert counting.count < size / 50, "the first picture"
    for t in (300.02, 17.5, 471.9, 240.0):
        counting.count = 0
        frame = clip.frame_at(t)
        assert frame is not None and frame[:2] == (320, 240)
        assert counting.count < size / 100, f"jump to {t}"
    clip.close()


def test_file_object_reads_like_the_plaintext(
        long_clip: Path, identity: Identity, judge: Any) -> None:
    plain = judge.decrypt(long_clip).read_bytes()
    rng = np.random.default_rng(7)
    with SealedClipFile.open(long_clip, [identity]) as file:
        assert file.size == len(plain) == file.seek(0, 2)
        for _ in range(60):
            at, count = int(rng.integers(0, len(plain))), int(rng.integers(0, 200_000))
            assert file.seek(at) == at
            assert file.read(count) == plain[at:at + count]
            assert file.tell() == min(at + count, len(plain))
        assert file.seek(-5, 2) == len(plain) - 5 and file.read() == plain[-5:]
        assert not file.writable()
        with pytest.raises(ValueError, match="beginning"):
            file.seek(-1)
    with pytest.raises(ValueError, match="closed"):
        file.read(1)


def test_probe_tells_what_is_there(long_clip: Path, identity: Identity) -> None:
    with SealedClipFile.open(long_clip, [identity]) as file:
        facts = probe(cast(BinaryIO, file))
    assert (facts.video_codec, facts.audio_codec) == ("h264", "aac")
    assert (facts.frames, facts.width, facts.height) == (25 * SECONDS, 320, 240)
    assert facts.fps == pytest.approx(25, abs=0.1)
    assert facts.duration_s == pytest.approx(SECONDS, abs=0.5)


@pytest.fixture
def damaged(long_clip: Path, tmp_path: Path) -> Iterator[Path]:
    data = bytearray(long_clip.read_bytes())
    data[len(data) // 2] ^= 1
    path = tmp_path / "damaged.mp4.age"
    path.write_bytes(data)
    yield path


def test_a_changed_chunk_is_told_and_the_rest_plays(damaged: Path, identity: Identity) -> None:
    clip = open_clip([(damaged, SECONDS)], [identity])
    assert clip.frame_at(10.0) is not None
    with pytest.raises(AgeError):
        for second in range(SECONDS // 2 - 20, SECONDS // 2 + 20):
            clip.frame_at(float(second))
    assert clip.frame_at(SECONDS - 10.0) is not None
    clip.close()


def test_what_is_no_clip_is_refused(tmp_path: Path, identity: Identity) -> None:
    path = tmp_path / "x.mp4.age"
    seal_file(path, [b"no film at all" * 100], [identity.recipient])
    with SealedClipFile.open(path, [identity]) as file, pytest.raises(Unplayable):
        probe(cast(BinaryIO, file))
    with pytest.raises(AgeError):
        SealedClipFile.open(path, [Identity.generate()])
    with pytest.raises(ValueError, match="segment"):
        ClipPlayback([])
