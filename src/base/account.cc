#include "base/account.h"

#include <pwd.h>

#include <cerrno>
#include <vector>

namespace palabre {
namespace {

/// `look_up` wraps getpwnam_r or getpwuid_r, which return ERANGE if the buffer is too small.
template <typename LookUp>
std::optional<Account> found_by(LookUp look_up) {
  std::vector<char> buffer(1024);
  passwd entry{};
  passwd* found = nullptr;
  int code = 0;
  while ((code = look_up(&entry, buffer.data(), buffer.size(), &found)) == ERANGE) {
    buffer.resize(buffer.size() * 2);
  }
  if (code != 0 || found == nullptr) return std::nullopt;
  return Account{entry.pw_name, entry.pw_uid, entry.pw_gid, entry.pw_dir};
}

}  // namespace

std::optional<Account> account_named(const char* name) {
  return found_by([name](auto... to) { return ::getpwnam_r(name, to...); });
}

std::optional<Account> account_of(uid_t user) {
  return found_by([user](auto... to) { return ::getpwuid_r(user, to...); });
}

}  // namespace palabre
