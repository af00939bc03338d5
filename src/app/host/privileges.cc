#include "app/host/privileges.h"

#include <fmt/format.h>
#include <grp.h>
#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sysexits.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <initializer_list>
#include <string_view>
#include <system_error>
#include <vector>

#include "base/fail.h"

namespace palabre::app {
namespace {

// The C library has no wrappers for these calls; libcap has.
class Capabilities {
 public:
  /// The capabilities of this thread; nothing where the kernel does not report them.
  static std::optional<Capabilities> current() {
    Capabilities now;
    if (syscall(SYS_capget, &now.header_, now.sets_.data()) != 0) return std::nullopt;
    return now;
  }

  static bool give_up_all() {
    Capabilities none;
    return syscall(SYS_capset, &none.header_, none.sets_.data()) == 0;
  }

  /// The ambient ones are always among the permitted ones.
  bool any() const {
    return std::any_of(sets_.begin(), sets_.end(), [](const auto& set) {
      return (set.effective | set.permitted | set.inheritable) != 0;
    });
  }
  bool has(unsigned capability) const {
    return (sets_[CAP_TO_INDEX(capability)].effective & CAP_TO_MASK(capability)) != 0;
  }

 private:
  __user_cap_header_struct header_{_LINUX_CAPABILITY_VERSION_3, 0};
  std::array<__user_cap_data_struct, _LINUX_CAPABILITY_U32S_3> sets_{};
};

Unexpected<Error> kept(std::string_view what) {
  return fail(EX_OSERR,
              "Root's privileges cannot be given up, {} failed: {}; start "
              "palabre as an ordinary user, which is enough.",
              what, std::generic_category().message(errno));
}

bool is_root() {
  uid_t real = 0;
  uid_t effective = 0;
  uid_t saved = 0;
  return getresuid(&real, &effective, &saved) != 0 || real == 0 || effective == 0 || saved == 0;
}

/// Empties the bounding set, so that no program run later gains a capability; needs CAP_SETPCAP.
Result<void> empty_bounding_set() {
  for (int capability = 0; prctl(PR_CAPBSET_READ, capability) >= 0; ++capability) {
    if (prctl(PR_CAPBSET_DROP, capability) != 0) return kept("prctl(PR_CAPBSET_DROP)");
  }
  return {};
}

Result<void> become(const Account& account) {
  if (setgroups(0, nullptr) != 0) return kept("setgroups");
  if (setresgid(account.group, account.group, account.group) != 0) return kept("setresgid");
  if (setresuid(account.user, account.user, account.user) != 0) return kept("setresuid");
  return {};
}

/// Tries to become root again, instead of trusting the results of the calls before.
bool can_come_back() {
  return is_root() || setresuid(0, 0, 0) == 0 || seteuid(0) == 0 || setresgid(0, 0, 0) == 0 ||
         getgroups(0, nullptr) != 0;
}

Error not_given_up() {
  return {EX_OSERR,
          "Root's privileges were given up, but some are left; start palabre as an ordinary user, "
          "which is enough."};
}

}  // namespace

Result<std::optional<Account>> account_to_become(const std::string& name) {
  if (!is_root()) return std::nullopt;
  auto account = account_named(name.c_str());
  if (account && account->user != 0 && account->group != 0) return account;
  return fail(EX_CONFIG,
              "{}, so root has no user to become; useradd --system palabre makes one, "
              "--user names another, and an ordinary user may start palabre too.",
              account ? fmt::format("The user {} is root", name)
                      : fmt::format("There is no user {}", name));
}

Result<void> give_up_privileges(spdlog::logger& log, const std::optional<Account>& account) {
  const auto before = Capabilities::current();
  if (!before) return kept("capget");
  const bool was_root = is_root();
  if (before->has(CAP_SETPCAP)) {
    TRY(empty_bounding_set());
  }
  if (account) {
    TRY(become(*account));
  }
  if (before->any() && !Capabilities::give_up_all()) return kept("capset");
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return kept("prctl(PR_SET_NO_NEW_PRIVS)");
  if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0) return kept("prctl(PR_SET_DUMPABLE)");

  const auto after = Capabilities::current();
  if (!after || after->any() || is_root() || (was_root && can_come_back())) {
    return fail(not_given_up());
  }
  if (account) {
    log.info("root no more: running as {}, uid {}, without any capability", account->name,
             account->user);
  } else {
    log.info("running as uid {}, without any capability{}", geteuid(),
             before->any() ? "; those that it was given are given up" : "");
  }
  return {};
}

}  // namespace palabre::app
