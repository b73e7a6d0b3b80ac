"""A time of day for one process, which a test sets while it runs: Debian's libfaketime, with the steady clock left alone, as on a
machine whose clock somebody sets."""
import glob
import os

LIBRARY = next(iter(glob.glob("/usr/lib/*/faketime/libfaketimeMT.so.1")), None)


class FakeClock:
    def __init__(self, path, days=0):
        assert LIBRARY, "the Debian package faketime is missing: deploy/install-packages test"
        self.path = path
        self.set(days)
        self.environment = {"LD_PRELOAD": LIBRARY, "FAKETIME_TIMESTAMP_FILE": str(path), "FAKETIME_NO_CACHE": "1", "DONT_FAKE_MONOTONIC": "1"}

    def set(self, days):
        """So many days away from the machine's clock, from now on."""
        new = self.path.with_suffix(".new")
        new.write_text(f"{days * 86400:+d}\n")
        os.replace(new, self.path)
