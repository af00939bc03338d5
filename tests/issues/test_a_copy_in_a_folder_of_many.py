"""A backup is its owner's alone, whatever others have made in the folder before."""

import os
import stat

from palabre import run


def test_is_written_into_no_file_of_somebody_else(folder, data, server):
    guest = server.guest().comes_online()
    guest.says("a secret")
    guest.catches_up()
    copy = folder / "monday.db"
    traps = [folder / name for name in ("monday.db.part", "monday.db.part-aaaaaa", "monday.db.new")]
    target = folder / "target"
    target.touch()
    for trap in traps[:-1]:
        trap.touch(mode=0o666)
        if os.geteuid() == 0:
            os.chown(trap, 65534, 65534)
    traps[-1].symlink_to(target)
    code, _, errors = run("backup", copy, "--data", data)
    assert code == 0, errors
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600 and copy.stat().st_uid == os.geteuid()
    for trap in (*traps[:1], target):
        assert trap.stat().st_size == 0, trap
    assert b"a secret" in copy.read_bytes()
