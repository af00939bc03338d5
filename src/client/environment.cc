#include "client/environment.h"

#include <pwd.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <vector>

namespace palabre::client {
namespace {

const char* variable(const char* name) {
  return std::getenv(name);  // NOLINT(concurrency-mt-unsafe): nobody sets any
}

struct Account {
  std::string name;
  std::string home;
};

std::optional<Account> own_account() {
  std::vector<char> buffer(1024);
  passwd entry{};
  passwd* found = nullptr;
  int code = 0;
  while ((code = ::getpwuid_r(::geteuid(), &entry, buffer.data(), buffer.size(), &found)) ==
         ERANGE) {
    buffer.resize(buffer.size() * 2);
  }
  if (code != 0 || found == nullptr) return std::nullopt;
  return Account{entry.pw_name, entry.pw_dir};
}

}  // namespace

std::optional<std::string> path_in_environment(const char* name) {
  const char* const value = variable(name);
  if (value == nullptr || *value != '/') return std::nullopt;
  return value;
}

std::optional<std::string> home_folder() {
  if (auto home = path_in_environment("HOME")) return home;
  const auto account = own_account();
  if (!account || !account->home.starts_with('/')) return std::nullopt;
  return account->home;
}

std::string account_name() {
  for (const char* name : {"USER", "LOGNAME"}) {
    if (const char* const value = variable(name); value != nullptr && *value != '\0') return value;
  }
  const auto account = own_account();
  return account ? account->name : "";
}

}  // namespace palabre::client
