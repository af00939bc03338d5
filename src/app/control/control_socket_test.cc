#include "app/control/control_socket.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>
#include <string>

#include "drivers/temporary_folder.h"

namespace palabre::app {
namespace {

class ControlSocketTest : public testing::Test {
 protected:
  static mode_t mode_of(const std::filesystem::path& file) {
    struct stat found {};
    return lstat(file.c_str(), &found) == 0 ? found.st_mode & 07777U : 0;
  }
  static bool answers(const std::filesystem::path& at) {
    const int descriptor = socket(AF_UNIX, SOCK_STREAM, 0);
    const auto address = *unix_address(at);
    const bool connected =
        connect(descriptor, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
    close(descriptor);
    return connected;
  }
  /// As a killed server leaves it.
  static void leave_dead(const std::filesystem::path& at) {
    std::filesystem::create_directories(at.parent_path());
    const int descriptor = socket(AF_UNIX, SOCK_STREAM, 0);
    const auto address = *unix_address(at);
    ASSERT_EQ(bind(descriptor, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
    close(descriptor);
  }

  TemporaryFolder own_folder;
  const std::filesystem::path folder = own_folder.path();
  std::filesystem::path path = folder / "inner" / "control";
};

TEST_F(ControlSocketTest, IsItsOwnersAloneAndGoneAtTheEnd) {
  const mode_t before = umask(0);
  {
    const auto opened = ControlSocket::open(path);
    ASSERT_TRUE(opened) << opened.error().sentence;
    EXPECT_EQ(mode_of(path), 0600U);
    EXPECT_EQ(mode_of(path.parent_path()), 0700U);
    EXPECT_TRUE(answers(path));
  }
  EXPECT_FALSE(std::filesystem::exists(path));
  umask(before);
}

TEST_F(ControlSocketTest, LeavesTheMaskAsItWas) {
  const mode_t before = umask(027);
  const auto opened = ControlSocket::open(path);
  EXPECT_EQ(umask(before), 027U);
}

TEST_F(ControlSocketTest, ReplacesADeadServers) {
  leave_dead(path);
  const auto opened = ControlSocket::open(path);
  ASSERT_TRUE(opened) << opened.error().sentence;
  EXPECT_TRUE(answers(path));
}

TEST_F(ControlSocketTest, LeavesALivingServersAlone) {
  const auto first = ControlSocket::open(path);
  {
    const auto second = ControlSocket::open(path);
    ASSERT_FALSE(second);
    EXPECT_NE(second.error().sentence.find("another server answers at " + path.string()),
              std::string::npos);
  }
  EXPECT_TRUE(answers(path));
}

TEST_F(ControlSocketTest, TakesAFullBacklogForLife) {
  std::filesystem::create_directories(path.parent_path());
  const int descriptor = socket(AF_UNIX, SOCK_STREAM, 0);
  const auto address = *unix_address(path);
  ASSERT_EQ(bind(descriptor, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
  ASSERT_EQ(listen(descriptor, 0), 0);
  const int first = socket(AF_UNIX, SOCK_STREAM, 0);
  ASSERT_EQ(connect(first, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
  EXPECT_FALSE(ControlSocket::open(path));
  EXPECT_TRUE(std::filesystem::exists(path));
  close(first);
  close(descriptor);
}

TEST_F(ControlSocketTest, ReplacesNothingThatIsNoSocket) {
  std::filesystem::create_directories(path.parent_path());
  std::ofstream(path) << "mine";
  EXPECT_FALSE(ControlSocket::open(path));
  std::filesystem::rename(path, folder / "file");
  std::filesystem::create_symlink(folder / "elsewhere", path);
  EXPECT_FALSE(ControlSocket::open(path));
  EXPECT_TRUE(std::filesystem::is_symlink(path));
  EXPECT_FALSE(std::filesystem::exists(folder / "elsewhere"));
}

TEST_F(ControlSocketTest, RemovesNoOthersAtTheEnd) {
  {
    const auto opened = ControlSocket::open(path);
    std::filesystem::remove(path);
    leave_dead(path);
  }
  EXPECT_TRUE(std::filesystem::exists(path));
}

TEST_F(ControlSocketTest, SaysWhyItCannotBe) {
  for (const auto& bad :
       {std::filesystem::path(), folder / std::string(200, 'x'), folder / "no" / "such" / "folder",
        std::filesystem::path("/proc/control")}) {
    EXPECT_FALSE(ControlSocket::open(bad)) << bad;
  }
}

TEST_F(ControlSocketTest, HearsRootAndItsOwnUserOnly) {
  const auto opened = ControlSocket::open(path);
  EXPECT_TRUE((*opened)->may_speak(0));
  EXPECT_TRUE((*opened)->may_speak(geteuid()));
  EXPECT_FALSE((*opened)->may_speak(geteuid() + 1));
}

TEST(ControlPath, IsWhereTheEnvironmentSays) {
  setenv("RUNTIME_DIRECTORY", "/run/one:/run/two", 1);
  setenv("XDG_RUNTIME_DIR", "/run/user/1000", 1);
  EXPECT_EQ(default_control_path(), "/run/one/control");
  EXPECT_EQ(usual_control_paths(),
            (std::vector<std::filesystem::path>{
                "/run/one/control", "/run/user/1000/palabre/control", "/run/palabre/control"}));
  unsetenv("RUNTIME_DIRECTORY");
  EXPECT_EQ(default_control_path(), "/run/user/1000/palabre/control");
  setenv("XDG_RUNTIME_DIR", "here", 1);  // not absolute, so it is ignored
  EXPECT_EQ(default_control_path().has_value(), geteuid() == 0);
  unsetenv("XDG_RUNTIME_DIR");
}

}  // namespace
}  // namespace palabre::app
