# SPDX-License-Identifier: LGPL-2.1-or-later
"""listener.py SOCKET: a seccomp agent that lets every system call go on that it is asked about. Ends with its standard input."""
import array, fcntl, os, select, socket, struct, sys

server = socket.socket(socket.AF_UNIX)
server.bind(sys.argv[1])
server.listen(16)
poll = select.poll()
poll.register(server, select.POLLIN)
poll.register(0, select.POLLIN)
print("ready", flush=True)
while True:
    for fd, events in poll.poll():
        if fd == 0:
            sys.exit(0)
        if fd == server.fileno():
            connection, _ = server.accept()
            _, ancillary, _, _ = connection.recvmsg(65536, socket.CMSG_SPACE(64))
            connection.close()
            poll.register(array.array("i", ancillary[0][2])[0], select.POLLIN)
            continue
        if events & select.POLLIN:
            try:  # SECCOMP_IOCTL_NOTIF_RECV, and _SEND with SECCOMP_USER_NOTIF_FLAG_CONTINUE
                request = bytearray(80)
                fcntl.ioctl(fd, 0xC0502100, request, True)
                fcntl.ioctl(fd, 0xC0182101, bytearray(struct.pack("=QqiI", struct.unpack_from("=Q", request)[0], 0, 0, 1)), True)
                continue
            except OSError:
                pass
        if events & (select.POLLHUP | select.POLLERR):  # no process has the filter any more
            poll.unregister(fd)
            os.close(fd)
