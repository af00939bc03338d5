#include "guard/source.h"

#include <arpa/inet.h>

#include <algorithm>
#include <charconv>
#include <cstring>

namespace palabre::guard {
namespace {

constexpr int kMappedBits = 96;
constexpr Ip kMapped{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF};

Ip masked(const Ip& ip, int bits) {
  Ip result{};
  for (std::size_t i = 0; i < ip.size(); ++i) {
    const int left = std::clamp(bits - static_cast<int>(i) * 8, 0, 8);
    result[i] = static_cast<std::uint8_t>(ip[i] & (0xFF00 >> left));
  }
  return result;
}

bool is_mapped(const Ip& ip) {
  return std::equal(kMapped.begin(), kMapped.begin() + 12, ip.begin());
}

}  // namespace

bool Source::is_v4() const { return is_mapped(ip); }

bool Network::contains(const Ip& address) const {
  return masked(address, bits) == masked(ip, bits);
}

std::optional<Network> Network::parse(std::string_view text) {
  const std::size_t slash = text.find('/');
  const std::string address(text.substr(0, slash));
  Network network;
  int most = 128;
  int before = 0;
  if (in_addr v4{}; inet_pton(AF_INET, address.c_str(), &v4) == 1) {
    network.ip = kMapped;
    std::memcpy(&network.ip[12], &v4, sizeof v4);
    most = 32;
    before = kMappedBits;
  } else if (inet_pton(AF_INET6, address.c_str(), network.ip.data()) != 1) {
    return std::nullopt;
  }
  int bits = most;
  if (slash != std::string_view::npos) {
    const char* const end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data() + slash + 1, end, bits);
    if (error != std::errc{} || stop != end || bits < 0 || bits > most) return std::nullopt;
  }
  network.bits = before + bits;
  network.ip = masked(network.ip, network.bits);
  return network;
}

Network neighbourhood(const Ip& ip) {
  const int bits = is_mapped(ip) ? kMappedBits + 24 : 64;
  return {masked(ip, bits), bits};
}

}  // namespace palabre::guard
