#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_set>

#include "base/address.h"

namespace palabre::guard {

/// Names for guests whose address others must not see: `guest-7kq2*`, made of a keyed hash of
/// address and port. Nobody without the key can compute the address. One address and port has the
/// same name at each visit, except while another guest has that name.
///
/// Memory: one name for each guest that has one now.
class Cloaks {
 public:
  using Key = std::array<std::uint8_t, 32>;

  /// All names begin with this. No nickname may (`chat::Access::reserved_prefix`).
  static constexpr std::string_view kPrefix = "guest-";
  static constexpr std::size_t kFewestCharacters = 4;

  /// `key` is random and secret. With another key all guests have other names.
  explicit Cloaks(const Key& key) : key_(key) {}

  /// The name of the guest at this address and port, with a guest's star. It is the guest's alone
  /// until `give_back`: it is longer than usual if another guest has the shorter one.
  std::string take(const Ip& ip, std::uint16_t port);
  /// Requires a name that `take` has returned and that was not given back since.
  void give_back(const std::string& name) { taken_.erase(name); }

  std::size_t taken() const { return taken_.size(); }

 private:
  Key key_;
  std::unordered_set<std::string> taken_;
};

}  // namespace palabre::guard
