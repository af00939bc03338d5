// serveurUDP: waits for one datagram, shows it, and ends.
//
// New in this step: the other side. A server is a socket that waits at a port that is known
// beforehand, since somebody must write first and has to know where. recvfrom then sleeps until a
// datagram is there.
//
//   serveurUDP [port]      5000 when absent

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sysexits.h>
#include <unistd.h>

#include <array>
#include <charconv>
#include <cstdio>
#include <optional>
#include <string_view>
#include <system_error>

// An exit code is one byte: the shell shows exit(-1) as 255, exit(-2) as 254, exit(-3) as 253.
constexpr int kSocketFailed = -1;
constexpr int kBindFailed = -2;
constexpr int kReceiveFailed = -3;

constexpr in_port_t kDefaultPort = IPPORT_USERRESERVED;  // 5000, says the system

constexpr std::size_t kBufferBytes = 256;

// "5000" as the number 5000; nothing for a text that is not a port that can be waited at.
std::optional<in_port_t> parse_port(std::string_view text) {
  in_port_t port = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, port);
  if (error != std::errc{} || stop != end || port == 0) return std::nullopt;
  return port;
}

int main(int argc, char* argv[]) {
  std::setvbuf(stdout, nullptr, _IOLBF, BUFSIZ);  // each line appears when it happens, piped or not

  const std::optional<in_port_t> port = argc > 1 ? parse_port(argv[1]) : kDefaultPort;
  if (argc > 2 || !port) {
    std::fputs("usage : serveurUDP [port de 1 à 65535]\n", stderr);
    return EX_USAGE;
  }

  const int udp_socket = socket(PF_INET, SOCK_DGRAM, 0);
  if (udp_socket == -1) {
    std::perror("socket");
    return kSocketFailed;
  }
  std::printf("Socket créée avec succès ! (%d)\n", udp_socket);

  // The client let the kernel choose its port; a server names the one that its clients know. A port
  // has one holder: a second server that asks for the same one is refused here.
  sockaddr_in local{};
  local.sin_family = AF_INET;
  local.sin_addr.s_addr = htonl(INADDR_ANY);
  local.sin_port = htons(*port);
  if (bind(udp_socket, reinterpret_cast<const sockaddr*>(&local), sizeof local) == -1) {
    std::perror("bind");
    close(udp_socket);
    return kBindFailed;
  }
  std::printf("Socket attachée avec succès !\n");

  // One call takes one datagram, and what does not fit into the buffer is lost, not kept for the
  // next call. The two nullptr are for the sender's address: nobody asks for it yet.
  std::array<char, kBufferBytes> buffer{};
  const ssize_t received = recvfrom(udp_socket, buffer.data(), buffer.size(), 0, nullptr, nullptr);
  if (received == -1) {
    std::perror("recvfrom");
    close(udp_socket);
    return kReceiveFailed;
  }
  if (received == 0) {
    // Not the end of anything, as it would be on TCP: a datagram may well be empty.
    std::fputs("Aucune donnée n'a été reçue !\n\n", stderr);
  } else {
    // A datagram is bytes, with no '\0' behind them: the precision tells printf where to stop.
    std::printf("Message %.*s reçu avec succès (%zd octets)\n\n", static_cast<int>(received),
                buffer.data(), received);
  }

  close(udp_socket);
  return 0;
}
