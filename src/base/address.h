#pragma once

#include <netinet/in.h>

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <tuple>

#include "base/result.h"

namespace palabre {

/// An IP address without port and scope, in network byte order; IPv4 is stored as IPv4-mapped IPv6.
/// A value type with a total order, so it can be a map key.
struct Ip {
  std::array<std::uint8_t, 16> bytes{};

  /// Parses a numeric address without a scope. Returns nothing if `text` is not one.
  static std::optional<Ip> parse(const std::string& text);

  bool is_v4() const;
  std::uint8_t* data() { return bytes.data(); }
  const std::uint8_t* data() const { return bytes.data(); }
  static constexpr std::size_t size() { return std::tuple_size_v<decltype(bytes)>; }

  friend auto operator<=>(const Ip&, const Ip&) = default;  // NOLINT(modernize-use-nullptr)
};

/// `192.168.52.2`, `2001:db8::1`
std::string to_text(const Ip& ip);

/// An IP address and a port. IPv4 is stored as IPv4-mapped IPv6, as a dual-stack socket reports it,
/// and shown as IPv4. A value type.
class Address {
 public:
  Address() = default;
  explicit Address(const sockaddr_in& v4);
  explicit Address(const sockaddr_in6& v6);

  /// Parses a numeric address (`192.168.52.2`, `::1`, `fe80::1%eth0`). Never asks a name server. A
  /// scope is the name of an interface of this machine, or an index.
  static Result<Address> parse(const std::string& ip, std::uint16_t port);

  bool is_v4() const;
  bool is_unspecified() const;
  bool is_loopback() const;
  std::uint16_t port() const;
  /// The same address with port 0.
  Address without_port() const;
  /// 0 where the address has no scope.
  std::uint32_t scope() const { return raw_.sin6_scope_id; }

  /// The IP without its scope: the scope does not identify the peer.
  Ip ip_bytes() const;
  /// `192.168.52.2`, `2001:db8::1`, `fe80::1%2`
  std::string ip() const;
  /// `[192.168.52.2:54524]`, `[2001:db8::1:54524]`: the port follows the last colon. The exercise
  /// shows a client in this form.
  std::string label() const;

  /// The argument for socket calls. Valid as long as this Address.
  const sockaddr_in6& raw() const { return raw_; }
  /// The address for an IPv4-only socket; nothing if it is an IPv6 address.
  std::optional<sockaddr_in> raw_v4() const;

  friend bool operator==(const Address& a, const Address& b);

 private:
  sockaddr_in6 raw_{.sin6_family = AF_INET6,
                    .sin6_port = 0,
                    .sin6_flowinfo = 0,
                    .sin6_addr = {},
                    .sin6_scope_id = 0};
};

}  // namespace palabre

template <>
struct std::hash<palabre::Address> {
  std::size_t operator()(const palabre::Address& address) const noexcept;
};
