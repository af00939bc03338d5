// clientUDP-3: sends one datagram, "Hello world !", to a server.
//
// New in this step: sendto, and with it the address of someone else. No connection is made first:
// each datagram carries the address of where it goes, as a letter does. Success means that it left;
// whether anyone was there to read it, UDP does not say.
//
//   clientUDP-3 [address [port]]      127.0.0.1 (this machine) and 5000 when absent

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sysexits.h>
#include <unistd.h>

#include <charconv>
#include <cstdio>
#include <optional>
#include <string_view>
#include <system_error>

// An exit code is one byte: the shell shows exit(-1) as 255, exit(-2) as 254, exit(-3) as 253.
constexpr int kSocketFailed = -1;
constexpr int kBindFailed = -2;
constexpr int kSendFailed = -3;

constexpr const char* kDefaultAddress = "127.0.0.1";
constexpr in_port_t kDefaultPort = IPPORT_USERRESERVED;  // 5000, says the system

constexpr std::string_view kMessage = "Hello world !\n";

// "5000" as the number 5000; nothing for a text that is not a port that can be written to.
std::optional<in_port_t> parse_port(std::string_view text) {
  in_port_t port = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, port);
  if (error != std::errc{} || stop != end || port == 0) return std::nullopt;
  return port;
}

int main(int argc, char* argv[]) {
  std::setvbuf(stdout, nullptr, _IOLBF, BUFSIZ);  // each line appears when it happens, piped or not

  // The server's address, in the form that the kernel wants: inet_pton turns the text "127.0.0.1"
  // into 32 bits in network order ("presentation to network"), htons does it for the port.
  sockaddr_in server{};
  server.sin_family = AF_INET;
  const int converted = inet_pton(AF_INET, argc > 1 ? argv[1] : kDefaultAddress, &server.sin_addr);
  const std::optional<in_port_t> port = argc > 2 ? parse_port(argv[2]) : kDefaultPort;
  if (argc > 3 || converted != 1 || !port) {
    std::fputs("usage : clientUDP-3 [adresse IPv4 [port de 1 à 65535]]\n", stderr);
    return EX_USAGE;
  }
  server.sin_port = htons(*port);

  const int udp_socket = socket(PF_INET, SOCK_DGRAM, 0);
  if (udp_socket == -1) {
    std::perror("socket");
    return kSocketFailed;
  }
  std::printf("Socket créée avec succès ! (%d)\n", udp_socket);

  sockaddr_in local{};
  local.sin_family = AF_INET;
  local.sin_addr.s_addr = htonl(INADDR_ANY);
  local.sin_port = htons(0);
  if (bind(udp_socket, reinterpret_cast<const sockaddr*>(&local), sizeof local) == -1) {
    std::perror("bind");
    close(udp_socket);
    return kBindFailed;
  }
  std::printf("Socket attachée avec succès !\n");

  // The bytes, and where they go. What comes back is how many left: a datagram is one piece, so
  // anything but all of them is a failure.
  const ssize_t sent = sendto(udp_socket, kMessage.data(), kMessage.size(), 0,
                              reinterpret_cast<const sockaddr*>(&server), sizeof server);
  if (sent == -1) {
    std::perror("sendto");
    close(udp_socket);
    return kSendFailed;
  }
  if (sent == 0) {
    std::fputs("Aucune donnée n'a été envoyée !\n\n", stderr);
  } else if (sent != std::ssize(kMessage)) {
    std::fputs("Erreur dans l'envoie des données !\n\n", stderr);
  } else {
    std::printf("Message %s envoyé avec succès (%zd octets)\n\n", kMessage.data(), sent);
  }

  close(udp_socket);
  return 0;
}
