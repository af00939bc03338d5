#include "client/member_key.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sodium/core.h>
#include <sodium/crypto_sign.h>
#include <sodium/randombytes.h>
#include <sodium/utils.h>
#include <sysexits.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <string>
#include <string_view>

#include "base/base64.h"
#include "base/fail.h"
#include "client/config_folder.h"
#include "client/private_file.h"

namespace palabre::client {
namespace {

// The file is one line: `ed25519 SEED PUBLIC`. The public half is there to detect a damaged seed,
// which would be another person's key.
constexpr std::string_view kKind = "ed25519 ";
constexpr std::size_t kKeyCharacters = 43;

Unexpected<Error> refused(const std::filesystem::path& file, const char* why) {
  return fail(EX_CONFIG, "Your key in {} is not used: {}.", file.string(), why);
}

struct Halves {
  std::array<std::uint8_t, 32> seed{};
  chat::MemberKey kept;  ///< the public key in the file
};

/// False if `line` has another format.
bool read_line(std::string_view line, Halves& halves) {
  const bool is_whole = line.starts_with(kKind) &&
                        line.size() == kKind.size() + 2 * kKeyCharacters + 2 &&
                        line[kKind.size() + kKeyCharacters] == ' ' && line.ends_with('\n');
  if (!is_whole) return false;
  line.remove_prefix(kKind.size());
  return from_base64(line.substr(0, kKeyCharacters), halves.seed) &&
         from_base64(line.substr(kKeyCharacters + 1, kKeyCharacters), halves.kept.bytes);
}

/// Renames `part` to `file`, unless another process has made `file` meanwhile.
Result<void> give_name(const std::filesystem::path& part, const std::filesystem::path& file) {
  const int error = rename_to_new(part, file);
  if (error != 0 && error != EEXIST) return cannot("{} cannot be made", file, error, kAdvice);
  return {};
}

}  // namespace

MemberKey::MemberKey(const Seed& seed) {
  crypto_sign_seed_keypair(public_key_.bytes.data(), secret_.data(), seed.data());
}

MemberKey::~MemberKey() { sodium_memzero(secret_.data(), secret_.size()); }

wire::Signature MemberKey::sign(std::span<const std::uint8_t> message) const {
  wire::Signature signature;
  crypto_sign_detached(signature.bytes.data(), nullptr, message.data(), message.size(),
                       secret_.data());
  return signature;
}

Result<MemberKey> MemberKey::load_or_make(const std::filesystem::path& file) {
  if (sodium_init() < 0) {
    return fail(EX_OSERR, "libsodium cannot be initialised; reinstall it.");
  }
  if (::access(file.c_str(), F_OK) != 0 && errno == ENOENT) {
    TRY(make(file));
  }
  return load(file);
}

Result<MemberKey> MemberKey::load(const std::filesystem::path& file) {
  const PrivateFile opened(file, O_RDONLY);
  if (opened.number() < 0) return cannot("{} cannot be read", file, errno, kAdvice);
  if (opened.is_open_to_others()) {
    return refused(file,
                   "others can read or change it, and may have done so; chmod 600 it, or move it "
                   "away to start with a new key");
  }
  TRY(const auto text, opened.read());
  Halves halves;
  const bool is_whole = read_line(text, halves);
  MemberKey key(halves.seed);
  sodium_memzero(halves.seed.data(), halves.seed.size());
  if (is_whole && key.public_key() == halves.kept) return key;
  return refused(file,
                 "the file is damaged; restore it from a backup, or move it away to start with a "
                 "new key");
}

Result<void> MemberKey::make(const std::filesystem::path& file) {
  TRY(make_config_folder(file.parent_path()));
  Seed seed{};
  randombytes_buf(seed.data(), seed.size());
  const MemberKey key(seed);
  const std::string line =
      fmt::format("{}{} {}\n", kKind, to_base64(seed), to_base64(key.public_key().bytes));
  sodium_memzero(seed.data(), seed.size());

  // Written under a random name first, so that `file` is never there half written.
  const std::filesystem::path part = fmt::format("{}.{:08x}", file.string(), randombytes_random());
  Result<void> made;
  {
    const PrivateFile opened(part, O_WRONLY | O_CREAT | O_EXCL);
    if (opened.number() < 0) return cannot("{} cannot be made", part, errno, kAdvice);
    made = opened.append(line);
  }
  if (made) made = give_name(part, file);
  ::unlink(part.c_str());
  sync_folder(file.parent_path());
  return made;
}

Result<std::filesystem::path> usual_key_file() {
  if (const auto folder = config_folder()) return *folder / "key";
  return fail(EX_CONFIG,
              "There is no home folder to keep your key in; set HOME or XDG_CONFIG_HOME.");
}

}  // namespace palabre::client
