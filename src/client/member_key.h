#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <span>

#include "base/result.h"
#include "chat/member.h"
#include "wire/login.h"

namespace palabre::client {

/// The user's Ed25519 key pair, the same on every server: nicknames belong to it. The destructor
/// wipes the secret half.
class MemberKey {
 public:
  /// Reads the key, or makes one if there is no file. Processes that make one at the same time all
  /// get the first. An error if others can read or write the file, or if it is damaged. A key is
  /// never replaced: what is bound to a lost key is lost with it.
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

/// `$XDG_CONFIG_HOME/palabre/key`; see `config_folder`. An error if the user has no home.
Result<std::filesystem::path> usual_key_file();

}  // namespace palabre::client
