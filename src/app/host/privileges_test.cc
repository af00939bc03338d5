#include "app/host/privileges.h"

#include <gtest/gtest.h>
#include <spdlog/sinks/ostream_sink.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <unistd.h>

#include <csignal>
#include <fstream>
#include <functional>
#include <memory>
#include <sstream>
#include <string>

namespace palabre::app {
namespace {

/// The result of `holds` in a child process: a process that gave its privileges up cannot return.
int in_a_process(const std::function<bool()>& holds) {
  const pid_t child = fork();
  if (child == 0) {
    bool held = false;
    try {
      held = holds();
    } catch (...) {
      held = false;
    }
    _exit(held ? 0 : 1);
  }
  int status = -1;
  waitpid(child, &status, 0);
  return status;
}

Result<void> give_up(std::ostringstream& said) {
  spdlog::logger log("test", std::make_shared<spdlog::sinks::ostream_sink_st>(said));
  log.set_pattern("%v");
  TRY(const auto account, account_to_become("nobody"));
  return give_up_privileges(log, account);
}

std::string all_of(std::ifstream& file) { return {std::istreambuf_iterator<char>(file), {}}; }

TEST(Privileges, AreAllGivenUpWhoeverWeWere) {
  EXPECT_EQ(in_a_process([] {
              // Opened before, since the new user may lack access to it; its content is that of the
              // moment of reading.
              std::ifstream file("/proc/self/status");
              std::ostringstream said;
              if (!give_up(said)) return false;
              const std::string status = all_of(file);
              for (const char* set : {"CapInh", "CapPrm", "CapEff", "CapAmb"}) {
                const std::string none = std::string(set) + ":\t0000000000000000\n";
                if (status.find(none) == std::string::npos) return false;
              }
              return geteuid() != 0 && prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1 &&
                     prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) == 0;
            }),
            0);
}

TEST(Privileges, AreGivenUpInOneLineOfTheLog) {
  EXPECT_EQ(in_a_process([] {
              std::ostringstream said;
              if (!give_up(said)) return false;
              const std::string line = said.str();
              return line.find("running as") != std::string::npos &&
                     line.find('\n') == line.size() - 1;
            }),
            0);
}

TEST(Privileges, CanBeGivenUpAgainWhenThereAreNone) {
  EXPECT_EQ(in_a_process([] {
              std::ostringstream said;
              return give_up(said).has_value() && give_up(said).has_value();
            }),
            0);
}

TEST(Privileges, OfRootDoNotComeBack) {
  if (geteuid() != 0) GTEST_SKIP() << "this test is not run by root";
  EXPECT_EQ(in_a_process([] {
              std::ostringstream said;
              return give_up(said).has_value() && setuid(0) != 0 && setgid(0) != 0 &&
                     getgroups(0, nullptr) == 0 && getuid() != 0 && getgid() != 0;
            }),
            0);
}

TEST(AccountToBecome, IsOneThatThereIsAndThatIsNotRoot) {
  if (geteuid() != 0) {
    EXPECT_FALSE(*account_to_become("palabre-of-nowhere")) << "who is not root stays who it is";
    return;
  }
  for (const char* name : {"palabre-of-nowhere", "root"}) {
    const auto account = account_to_become(name);
    ASSERT_FALSE(account) << name;
    EXPECT_EQ(account.error().exit_code, EX_CONFIG);
    for (const char* word : {name, "--user", "useradd --system palabre"}) {
      EXPECT_NE(account.error().sentence.find(word), std::string::npos) << account.error().sentence;
    }
  }
  const auto nobody = account_to_become("nobody");
  ASSERT_TRUE(nobody && *nobody);
  EXPECT_NE((*nobody)->user, 0U);
}

}  // namespace
}  // namespace palabre::app
