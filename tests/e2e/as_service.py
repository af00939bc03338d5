#!/usr/bin/env python3
"""Execs a command as systemd would start it: in the same process, so that variables with its pid
(LISTEN_PID, WATCHDOG_PID) are right.

    as_service.py [--nobody] [--sockets 7,9] [--watchdog MICROSECONDS] [--calls a,b,c] COMMAND...

--nobody    as root: run it as the user nobody
--sockets   pass these descriptors, in this order
--calls     allow only these system calls, sockets of FAMILIES, and no memory that is both writable
            and executable; at the first other call it is killed by SIGSYS
"""

import argparse
import fcntl
import mmap
import os
import socket
import sys

FIRST_DESCRIPTOR = 3
FAR = 100  # above all passed descriptors
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
            pass  # a call of other processors
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
