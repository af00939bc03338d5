#!/usr/bin/env python3
"""Becomes a command in the way in which systemd would start it: the same process, so that what
names it by its number (LISTEN_PID, WATCHDOG_PID) is right.

    as_service.py [--nobody] [--sockets 7,9] [--watchdog MICROSECONDS] [--calls a,b,c] COMMAND...

--nobody    as an ordinary user, whom root becomes first
--sockets   these descriptors are passed, in this order
--calls     it may make these system calls, open sockets of these families and map no memory that
            can be both written and run; at the first other call it is killed by SIGSYS
"""

import argparse
import fcntl
import mmap
import os
import socket
import sys

FIRST_DESCRIPTOR = 3
FAR = 100  # beyond any that is passed
FAMILIES = [socket.AF_INET, socket.AF_INET6, socket.AF_UNIX, socket.AF_NETLINK]


def pass_sockets(descriptors):
    far = [fcntl.fcntl(descriptor, fcntl.F_DUPFD_CLOEXEC, FAR) for descriptor in descriptors]
    os.closerange(FIRST_DESCRIPTOR, FAR)
    for place, descriptor in enumerate(far, FIRST_DESCRIPTOR):
        os.dup2(descriptor, place)  # inheritable
    os.environ.update(LISTEN_PID=str(os.getpid()), LISTEN_FDS=str(len(far)))


def become_nobody():
    os.setgroups([])
    os.setresgid(65534, 65534, 65534)
    os.setresuid(65534, 65534, 65534)


def allow_only(calls):
    import seccomp  # Debian's python3-seccomp
    rules = seccomp.SyscallFilter(seccomp.KILL_PROCESS)
    for call in set(calls) - {"socket", "mmap", "mprotect"}:
        try:
            rules.add_rule(seccomp.ALLOW, call)
        except RuntimeError:
            pass  # another processor's
    for family in FAMILIES:
        rules.add_rule(seccomp.ALLOW, "socket", seccomp.Arg(0, seccomp.EQ, family))
    never = {"mmap": (mmap.PROT_EXEC, mmap.PROT_WRITE), "mprotect": (mmap.PROT_EXEC,)}
    for call, flags in never.items():
        for flag in flags:
            rules.add_rule(seccomp.ALLOW, call, seccomp.Arg(2, seccomp.MASKED_EQ, flag, 0))
    rules.load()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--nobody", action="store_true")
    parser.add_argument("--sockets", type=lambda text: [int(n) for n in text.split(",")])
    parser.add_argument("--watchdog")
    parser.add_argument("--calls", type=lambda text: text.split(","))
    parser.add_argument("command", nargs=argparse.REMAINDER)
    wanted = parser.parse_args()
    if wanted.sockets:
        pass_sockets(wanted.sockets)
    if wanted.watchdog:
        os.environ.update(WATCHDOG_PID=str(os.getpid()), WATCHDOG_USEC=wanted.watchdog)
    if wanted.nobody and os.geteuid() == 0:
        become_nobody()
    if wanted.calls:
        allow_only(wanted.calls)
    os.execv(wanted.command[0], wanted.command)


if __name__ == "__main__":
    sys.exit(main())
