// serveurChat: a mini-chat. Each message is passed on to everyone who has ever sent one.
//
// New in this step: who wrote. recvfrom also tells the address that a datagram came from; a server
// that remembers it can write back. Nobody connects and nobody logs in: to have sent a message is
// to be online, and any netcat will do (`nc -u 127.0.0.1 5000`).
//
//   serveurChat [port]      5000 when absent
//
// Keep it on a network where you trust everyone: it believes any address (see README.md).

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sysexits.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <bit>
#include <charconv>
#include <cstdio>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

// An exit code is one byte: the shell shows exit(-1) as 255, exit(-2) as 254, exit(-3) as 253.
constexpr int kSocketFailed = -1;
constexpr int kBindFailed = -2;
constexpr int kReceiveFailed = -3;

constexpr in_port_t kDefaultPort = IPPORT_USERRESERVED;  // 5000, says the system

constexpr std::size_t kMaxCharacters = 225;
constexpr std::size_t kMaxClients = 10;

// No UDP datagram is longer: with this much room a message is never cut. (225 characters take up to
// 900 bytes, and a message that is too long is refused, not shortened.)
constexpr std::size_t kDatagramBytes = 65'536;

constexpr char32_t kReplacement = U'\uFFFD';  // �, what Unicode shows for what cannot be shown

// "5000" as the number 5000; nothing for a text that is not a port that can be waited at.
std::optional<in_port_t> parse_port(std::string_view text) {
  in_port_t port = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, port);
  if (error != std::errc{} || stop != end || port == 0) return std::nullopt;
  return port;
}

// ---- The text: what arrives is bytes from anyone, what goes out is harmless. ----

// The last newline says that somebody pressed Enter; it is not part of what they said. Some send
// the two bytes CR LF for it.
std::string_view without_last_newline(std::string_view bytes) {
  if (bytes.ends_with("\r\n")) {
    bytes.remove_suffix(2);
  } else if (bytes.ends_with('\n')) {
    bytes.remove_suffix(1);
  }
  return bytes;
}

struct Character {
  char32_t code;
  std::size_t bytes;  // how many bytes of the text it takes
};

// The first character of a text that is not empty. UTF-8 writes one in 1 to 4 bytes; a byte that
// fits nowhere is taken alone, as one replacement character.
Character first_character(std::string_view text) {
  constexpr Character kInvalid{kReplacement, 1};

  // The ones that the first byte begins with say how many bytes there are:
  // 0xxxxxxx (none: one byte, ASCII), 110xxxxx (two), 1110xxxx (three), 11110xxx (four).
  const auto first = static_cast<unsigned char>(text.front());
  const auto bytes = static_cast<std::size_t>(std::countl_one(first));
  if (bytes == 0) return {first, 1};
  if (bytes == 1 || bytes > 4 || bytes > text.size()) return kInvalid;

  // The others are 10xxxxxx. All the x, one behind another, are the character's number.
  char32_t code = first & (0x7Fu >> bytes);
  for (const char byte : text.substr(1, bytes - 1)) {
    const auto next = static_cast<unsigned char>(byte);
    if ((next >> 6) != 0b10) return kInvalid;
    code = (code << 6) | (next & 0x3Fu);
  }

  // Each number has one way to be written, the shortest: a longer one is a disguise.
  constexpr std::array<char32_t, 5> kSmallest = {0, 0, 0x80, 0x800, 0x10000};
  const bool surrogate = code >= 0xD800 && code <= 0xDFFF;  // halves of a pair in UTF-16, no more
  if (code < kSmallest[bytes] || surrogate || code > 0x10FFFF) return kInvalid;
  return {code, bytes};
}

// Control characters move the cursor, clear the screen, rename the window...: a text that is shown
// on somebody's terminal must not be able to. The tab is one too, and welcome.
bool is_control(char32_t code) {
  const bool c0 = code < 0x20 && code != U'\t';
  const bool del_or_c1 = code >= 0x7F && code <= 0x9F;
  return c0 || del_or_c1;
}

struct Text {
  std::string shown;
  std::size_t characters = 0;  // as a reader counts them, whatever the bytes that they take
};

// What may be shown and passed on. A newline stays, but what follows it is indented: a line that
// begins with "[192.168.52.3:35256]> " was really sent by that client.
Text make_harmless(std::string_view bytes) {
  Text text;
  while (!bytes.empty()) {
    std::size_t taken = 0;
    if (bytes.starts_with("\n") || bytes.starts_with("\r\n")) {
      taken = bytes.front() == '\r' ? 2 : 1;
      text.shown += "\n  ";
    } else {
      const Character character = first_character(bytes);
      taken = character.bytes;
      if (is_control(character.code) || character.code == kReplacement) {
        text.shown += "\uFFFD";
      } else {
        text.shown += bytes.substr(0, taken);
      }
    }
    bytes.remove_prefix(taken);
    ++text.characters;
  }
  return text;
}

// ---- The clients: an address is all that is known of them. ----

// "[192.168.52.3:35256]"
std::string name_of(const sockaddr_in& client) {
  std::array<char, INET_ADDRSTRLEN> ip{};
  inet_ntop(AF_INET, &client.sin_addr, ip.data(), ip.size());
  return std::string("[") + ip.data() + ":" + std::to_string(ntohs(client.sin_port)) + "]";
}

// The port tells two programs of one machine apart.
bool same_client(const sockaddr_in& a, const sockaddr_in& b) {
  return a.sin_addr.s_addr == b.sin_addr.s_addr && a.sin_port == b.sin_port;
}

// One client that cannot be reached is no reason to leave the others without their copy: say it,
// and go on.
bool send_text(int udp_socket, const std::string& text, const sockaddr_in& client) {
  const ssize_t sent = sendto(udp_socket, text.data(), text.size(), 0,
                              reinterpret_cast<const sockaddr*>(&client), sizeof client);
  if (sent == -1) std::perror("sendto");
  return sent != -1;
}

// ---- The chat ----

// Shows a message, passes it on or says to its sender why not, and shows who is online.
void handle_message(int udp_socket, const Text& text, const sockaddr_in& sender,
                    std::vector<sockaddr_in>& online) {
  const char* const shown = text.shown.c_str();
  const std::string sender_name = name_of(sender);
  std::printf("Message : %s\n  -> reçu du client %s\n", shown, sender_name.c_str());

  const bool is_online = std::any_of(online.begin(), online.end(), [&](const sockaddr_in& client) {
    return same_client(client, sender);
  });

  std::string refusal;
  if (text.characters > kMaxCharacters) {
    refusal = "Message trop long (" + std::to_string(text.characters) + " caractères, " +
              std::to_string(kMaxCharacters) + " au maximum)\n";
  } else if (!is_online && online.size() == kMaxClients) {
    refusal = "Serveur complet (" + std::to_string(kMaxClients) + " clients en ligne)\n";
  }
  if (!refusal.empty()) {
    std::printf("%s", refusal.c_str());
    send_text(udp_socket, refusal, sender);
    return;
  }

  if (!is_online) online.push_back(sender);

  int sent_count = 0;
  for (const sockaddr_in& client : online) {
    if (same_client(client, sender)) continue;  // the author has read it already
    if (!send_text(udp_socket, sender_name + "> " + text.shown + "\n", client)) continue;
    std::printf("Message : %s\n  -> envoyé à %s\n", shown, name_of(client).c_str());
    ++sent_count;
  }
  if (online.size() > 1) std::printf("Le message a été envoyé à %d client(s)\n", sent_count);

  std::printf("Liste des clients en ligne :\n");
  for (const sockaddr_in& client : online) std::printf("%s\n", name_of(client).c_str());
}

int main(int argc, char* argv[]) {
  std::setvbuf(stdout, nullptr, _IOLBF, BUFSIZ);  // each line appears when it happens, piped or not

  const std::optional<in_port_t> port = argc > 1 ? parse_port(argv[1]) : kDefaultPort;
  if (argc > 2 || !port) {
    std::fputs("usage : serveurChat [port de 1 à 65535]\n", stderr);
    return EX_USAGE;
  }

  const int udp_socket = socket(PF_INET, SOCK_DGRAM, 0);
  if (udp_socket == -1) {
    std::perror("socket");
    return kSocketFailed;
  }
  std::printf("Socket créée avec succès ! (%d)\n", udp_socket);

  sockaddr_in local{};
  local.sin_family = AF_INET;
  local.sin_addr.s_addr = htonl(INADDR_ANY);
  local.sin_port = htons(*port);
  if (bind(udp_socket, reinterpret_cast<const sockaddr*>(&local), sizeof local) == -1) {
    std::perror("bind");
    close(udp_socket);
    return kBindFailed;
  }
  std::printf("Socket attachée avec succès !\n\n");

  // One socket serves all the clients: each datagram says whose it is. In order of arrival; nobody
  // ever leaves, since UDP has no word for it.
  std::vector<sockaddr_in> online;
  std::vector<char> datagram(kDatagramBytes);
  while (true) {
    // recvfrom fills in the sender's address. Its size goes in as the room there is for it, and
    // comes out as the room it took: it has to be set again before each call.
    sockaddr_in sender{};
    socklen_t sender_size = sizeof sender;
    const ssize_t received = recvfrom(udp_socket, datagram.data(), datagram.size(), 0,
                                      reinterpret_cast<sockaddr*>(&sender), &sender_size);
    if (received == -1) {
      std::perror("recvfrom");
      close(udp_socket);
      return kReceiveFailed;
    }
    if (received == 0) continue;  // an empty datagram says nothing

    const std::string_view bytes(datagram.data(), static_cast<std::size_t>(received));
    handle_message(udp_socket, make_harmless(without_last_newline(bytes)), sender, online);
  }
}
