#include "guard/echo.h"

#include <algorithm>
#include <array>

namespace palabre::guard {
namespace {

constexpr std::size_t kLongestPrefix = 200;

// Ports from 1024 up that amplification attacks are known to bounce off: OpenVPN, MSSQL, Citrix,
// L2TP, SSDP, NAT-PMP, WS-Discovery, Digiever and PMSSDP, ARMS (Apple Remote Management), SIP,
// mDNS, CoAP, Steam and Quake, Ubiquiti, memcached, BitTorrent.
constexpr std::array<std::uint16_t, 23> kReflectors{
    1194, 1434, 1604, 1701, 1900,  3283,  3389,  3478,  3702,  5060,  5093, 5351,
    5353, 5683, 6881, 8088, 10001, 10074, 11211, 17185, 20811, 27015, 27960};

/// The text before `end`; empty if it contains blanks or newlines.
std::string_view word_before(std::string_view text, std::string_view end) {
  const std::size_t at = text.find(end);
  if (at == std::string_view::npos) return {};
  const std::string_view word = text.substr(0, at);
  return word.find_first_of(" \t\n") == std::string_view::npos ? word : std::string_view{};
}

bool is_author(std::string_view word) {
  if (word.empty()) return false;
  const bool address =
      word.starts_with('[') && word.ends_with(']') && word.find(':') != std::string_view::npos;
  return address || (word.size() > 1 && word.ends_with('*'));
}

/// The number of bytes of a leading `#` with digits; 0: none.
std::size_t number_at(std::string_view bytes) {
  if (!bytes.starts_with('#')) return 0;
  const std::size_t end = std::min(bytes.find_first_not_of("0123456789", 1), bytes.size());
  return end == 1 ? 0 : end;
}

}  // namespace

bool looks_like_an_acknowledgement(std::string_view bytes) {
  const std::size_t end = number_at(bytes);
  return end > 0 && (end == bytes.size() || bytes[end] == ' ' || bytes[end] == '\n');
}

bool looks_like_ours(std::string_view bytes) {
  bytes = bytes.substr(0, kLongestPrefix);
  if (const std::size_t end = number_at(bytes); end > 0 && bytes.substr(end).starts_with(' ')) {
    bytes.remove_prefix(end + 1);  // a line that was sent with its number
  }
  if (bytes.starts_with("-- ")) return true;
  if (bytes.starts_with("* ")) return is_author(word_before(bytes.substr(2), " "));
  return is_author(word_before(bytes, "> "));
}

bool is_reflector_port(std::uint16_t port) {
  return port < 1024 || std::binary_search(kReflectors.begin(), kReflectors.end(), port);
}

}  // namespace palabre::guard
