// clientUDP-2: makes a UDP socket and gives it an address.
//
// New in this step: bind. Whoever receives a datagram answers to the address that it came from, so
// a socket needs one of its own: an IP address (which machine) and a port (which program there).
//
//   clientUDP-2

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdio>

// An exit code is one byte: the shell shows exit(-1) as 255, exit(-2) as 254.
constexpr int kSocketFailed = -1;
constexpr int kBindFailed = -2;

int main() {
  // Into a pipe, standard output is kept back until the program ends; standard error is not. Line
  // by line, each text appears when it happens, and a success before the failure that follows it.
  std::setvbuf(stdout, nullptr, _IOLBF, BUFSIZ);

  const int udp_socket = socket(PF_INET, SOCK_DGRAM, 0);
  if (udp_socket == -1) {
    std::perror("socket");
    return kSocketFailed;
  }
  std::printf("Socket créée avec succès ! (%d)\n", udp_socket);

  // A client may live anywhere: INADDR_ANY stands for all of this machine's addresses, and port 0
  // asks the kernel to choose one that is free. Numbers cross the network with their big end first,
  // and many processors keep them the other way round: htonl and htons turn them
  // ("host to network", long for 32 bits, short for 16). For 0 it changes nothing; the habit stays.
  sockaddr_in local{};
  local.sin_family = AF_INET;
  local.sin_addr.s_addr = htonl(INADDR_ANY);
  local.sin_port = htons(0);

  // bind takes the address of any family, hence the cast to the general sockaddr, and its size.
  if (bind(udp_socket, reinterpret_cast<const sockaddr*>(&local), sizeof local) == -1) {
    std::perror("bind");
    close(udp_socket);
    return kBindFailed;
  }
  std::printf("Socket attachée avec succès !\n");

  close(udp_socket);
  return 0;
}
