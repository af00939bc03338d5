#include "base/address.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <net/if.h>
#include <sysexits.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>
#include <string_view>

#include "base/fail.h"

namespace palabre {
namespace {

/// The prefix of every IPv4-mapped address.
constexpr std::array<std::uint8_t, 12> kMapped{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF};

}  // namespace

std::optional<Ip> Ip::parse(const std::string& text) {
  Ip ip;
  if (inet_pton(AF_INET6, text.c_str(), ip.data()) == 1) return ip;
  std::copy(kMapped.begin(), kMapped.end(), ip.data());
  if (inet_pton(AF_INET, text.c_str(), ip.data() + kMapped.size()) == 1) return ip;
  return std::nullopt;
}

bool Ip::is_v4() const { return std::equal(kMapped.begin(), kMapped.end(), bytes.begin()); }

std::string to_text(const Ip& ip) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  if (ip.is_v4()) {
    inet_ntop(AF_INET, ip.data() + kMapped.size(), text.data(), text.size());
  } else {
    inet_ntop(AF_INET6, ip.data(), text.data(), text.size());
  }
  return text.data();
}

Address::Address(const sockaddr_in& v4) {
  raw_.sin6_port = v4.sin_port;
  raw_.sin6_addr.s6_addr[10] = 0xFF;
  raw_.sin6_addr.s6_addr[11] = 0xFF;
  std::memcpy(&raw_.sin6_addr.s6_addr[12], &v4.sin_addr, sizeof v4.sin_addr);
}

Address::Address(const sockaddr_in6& v6) {
  raw_.sin6_port = v6.sin6_port;
  raw_.sin6_addr = v6.sin6_addr;
  raw_.sin6_scope_id = v6.sin6_scope_id;
}

Result<Address> Address::parse(const std::string& ip, std::uint16_t port) {
  const std::size_t percent = ip.find('%');
  sockaddr_in6 v6 = Address().raw_;
  v6.sin6_port = htons(port);
  if (percent != std::string::npos) {
    const std::string zone = ip.substr(percent + 1);
    v6.sin6_scope_id = if_nametoindex(zone.c_str());
    if (v6.sin6_scope_id == 0) {
      std::from_chars(zone.data(), zone.data() + zone.size(), v6.sin6_scope_id);
    }
    if (v6.sin6_scope_id == 0) {
      return fail(EX_USAGE, "There is no network interface {} here.", zone);
    }
  }
  const std::string host = ip.substr(0, percent);
  const auto read = Ip::parse(host);
  const bool may_have_scope = host.find(':') != std::string::npos;
  if (!read || (percent != std::string::npos && !may_have_scope)) {
    return fail(EX_USAGE, "{} is not a numeric IP address; write one such as 192.168.52.2 or ::1.",
                ip);
  }
  std::memcpy(&v6.sin6_addr, read->data(), Ip::size());
  return Address(v6);
}

Ip Address::ip_bytes() const {
  Ip ip;
  std::memcpy(ip.data(), &raw_.sin6_addr, Ip::size());
  return ip;
}

bool Address::is_v4() const { return IN6_IS_ADDR_V4MAPPED(&raw_.sin6_addr); }

bool Address::is_unspecified() const {
  return IN6_IS_ADDR_UNSPECIFIED(&raw_.sin6_addr) ||
         (is_v4() && raw_v4()->sin_addr.s_addr == INADDR_ANY);
}

bool Address::is_loopback() const {
  return IN6_IS_ADDR_LOOPBACK(&raw_.sin6_addr) || (is_v4() && raw_.sin6_addr.s6_addr[12] == 127);
}

std::uint16_t Address::port() const { return ntohs(raw_.sin6_port); }

Address Address::without_port() const {
  Address host = *this;
  host.raw_.sin6_port = 0;
  return host;
}

std::string Address::ip() const {
  const std::string text = to_text(ip_bytes());
  return scope() == 0 ? text : fmt::format("{}%{}", text, scope());
}

std::string Address::label() const { return fmt::format("[{}:{}]", ip(), port()); }

std::optional<sockaddr_in> Address::raw_v4() const {
  if (!is_v4()) return std::nullopt;
  sockaddr_in v4{.sin_family = AF_INET, .sin_port = raw_.sin6_port, .sin_addr = {}, .sin_zero = {}};
  std::memcpy(&v4.sin_addr, &raw_.sin6_addr.s6_addr[12], sizeof v4.sin_addr);
  return v4;
}

bool operator==(const Address& a, const Address& b) {
  return a.raw_.sin6_port == b.raw_.sin6_port && a.raw_.sin6_scope_id == b.raw_.sin6_scope_id &&
         std::memcmp(&a.raw_.sin6_addr, &b.raw_.sin6_addr, sizeof a.raw_.sin6_addr) == 0;
}

}  // namespace palabre

std::size_t std::hash<palabre::Address>::operator()(
    const palabre::Address& address) const noexcept {
  const sockaddr_in6& raw = address.raw();
  std::array<char, sizeof raw.sin6_addr + sizeof raw.sin6_port> key{};
  std::memcpy(key.data(), &raw.sin6_addr, sizeof raw.sin6_addr);
  std::memcpy(key.data() + sizeof raw.sin6_addr, &raw.sin6_port, sizeof raw.sin6_port);
  return std::hash<std::string_view>{}(std::string_view(key.data(), key.size()));
}
