#include "base/network.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "base/number.h"

namespace palabre {
namespace {

Ip masked(const Ip& ip, int bits) {
  Ip result{};
  for (std::size_t i = 0; i < Ip::size(); ++i) {
    const int left = std::clamp(bits - static_cast<int>(i) * 8, 0, 8);
    result.bytes[i] = static_cast<std::uint8_t>(ip.bytes[i] & (0xFF00 >> left));
  }
  return result;
}

}  // namespace

Network Network::of(const Ip& ip, int bits) { return {masked(ip, bits), bits}; }

Network Network::around(const Ip& ip, int v4, int v6) {
  return of(ip, ip.is_v4() ? kMappedBits + v4 : v6);
}

bool Network::contains(const Ip& address) const {
  return masked(address, bits) == masked(ip, bits);
}

Network Network::at_level(const Ip& ip, std::size_t level) {
  constexpr std::array<int, kLevels> kBits{64, 56, 48};
  return around(ip, level == 0 ? 32 : 24, kBits.at(level));
}

std::optional<Network> Network::parse(std::string_view text) {
  const std::size_t slash = text.find('/');
  const std::string address(text.substr(0, slash));
  const auto ip = Ip::parse(address);
  if (!ip) return std::nullopt;
  // The prefix length of `::ffff:10.0.0.0/104` counts IPv6 bits.
  const int before = address.find(':') == std::string::npos ? kMappedBits : 0;
  const int most = 128 - before;
  int bits = most;
  if (slash != std::string_view::npos) {
    const auto given = parse_number<int>(text.substr(slash + 1));
    if (!given || *given < 0 || *given > most) return std::nullopt;
    bits = *given;
  }
  return Network{masked(*ip, before + bits), before + bits};
}

std::string to_text(const Network& network) {
  std::string text = to_text(network.ip);
  if (network.bits == 128) return text;
  // An IPv6 network that contains all IPv4-mapped addresses begins with zeros only.
  return text + "/" + std::to_string(network.is_v4() ? network.bits - kMappedBits : network.bits);
}

Network neighbourhood(const Ip& ip) { return Network::around(ip, 24, 64); }

Network network_to_ban(const Ip& ip) {
  const bool is_link_local = ip.bytes[0] == 0xFE && (ip.bytes[1] & 0xC0) == 0x80;
  return Network::around(ip, 32, is_link_local ? 128 : 64);
}

}  // namespace palabre
