#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <span>

#include "base/result.h"
#include "chat/member.h"
#include "wire/login.h"

namespace palabre::client {

/// The key that a person is known by, everywhere: what its nicknames belong to. Both halves of it;
/// the secret one is wiped at the end.
class MemberKey {
 public:
  /// Reads the key, and makes one where there is no file. Of several that make one at once, all
  /// have the one that was first. Refuses a file that others may read or write, or that is damaged:
  /// it is never replaced, since what is bound to a lost key is lost with it.
  static Result<MemberKey> load_or_make(const std::filesystem::path& file);

  ~MemberKey();
  MemberKey(MemberKey&&) noexcept = default;
  MemberKey& operator=(MemberKey&&) noexcept = default;
  MemberKey(const MemberKey&) = delete;
  MemberKey& operator=(const MemberKey&) = delete;

  const chat::MemberKey& public_key() const { return public_key_; }
  wire::Signature sign(std::span<const std::uint8_t> message) const;

 private:
  using Seed = std::array<std::uint8_t, 32>;
  explicit MemberKey(const Seed& seed);
  static Result<MemberKey> load(const std::filesystem::path& file);
  static Result<void> make(const std::filesystem::path& file);

  chat::MemberKey public_key_;
  std::array<std::uint8_t, 64> secret_{};
};

/// `$XDG_CONFIG_HOME/palabre/key`; see `config_folder`. An error where there is no home.
Result<std::filesystem::path> usual_key_file();

}  // namespace palabre::client
