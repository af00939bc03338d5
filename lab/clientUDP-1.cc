// clientUDP-1: makes a UDP socket, and closes it.
//
// New in this step: the socket. A program cannot touch the network; only the kernel can. The socket
// is the program's end of the network: one call asks the kernel for it, and everything else is done
// through it.
//
//   clientUDP-1

#include <sys/socket.h>
#include <unistd.h>

#include <cstdio>

// An exit code is one byte: the shell shows exit(-1) as 255 (try `echo $?`).
constexpr int kSocketFailed = -1;

int main() {
  // PF_INET is the family of IPv4. SOCK_DGRAM asks for datagrams: each one arrives whole or not at
  // all, and nobody promises that it does. 0 leaves the protocol to the family: for datagrams, UDP.
  const int udp_socket = socket(PF_INET, SOCK_DGRAM, 0);
  if (udp_socket == -1) {
    std::perror("socket");  // adds the kernel's reason, which it left in errno
    return kSocketFailed;
  }

  // The kernel keeps the socket; what we hold is a number for it, as for an open file. 0, 1 and 2
  // are the keyboard, the screen and the errors, so the first one that is free is 3.
  std::printf("Socket créée avec succès ! (%d)\n", udp_socket);

  close(udp_socket);
  return 0;
}
