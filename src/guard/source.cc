#include "guard/source.h"

#include <algorithm>

#include "base/number.h"

namespace palabre::guard {
namespace {

constexpr int kMappedBits = 96;

Ip masked(const Ip& ip, int bits) {
  Ip result{};
  for (std::size_t i = 0; i < Ip::size(); ++i) {
    const int left = std::clamp(bits - static_cast<int>(i) * 8, 0, 8);
    result.bytes[i] = static_cast<std::uint8_t>(ip.bytes[i] & (0xFF00 >> left));
  }
  return result;
}

}  // namespace

bool Source::is_v4() const { return ip.is_v4(); }

bool Network::contains(const Ip& address) const {
  return masked(address, bits) == masked(ip, bits);
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

Network neighbourhood(const Ip& ip) {
  const int bits = ip.is_v4() ? kMappedBits + 24 : 64;
  return {masked(ip, bits), bits};
}

}  // namespace palabre::guard
