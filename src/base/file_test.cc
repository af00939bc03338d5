#include "base/file.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <string>
#include <utility>

namespace palabre {
namespace {

class FileTest : public testing::Test {
 protected:
  FileTest() {
    std::string name = testing::TempDir() + "/file.XXXXXX";
    folder = ::mkdtemp(name.data());
  }
  ~FileTest() override { std::filesystem::remove_all(folder); }

  std::filesystem::path folder;
};

bool is_open(int number) { return ::fcntl(number, F_GETFD) >= 0; }

std::optional<std::string> whole(const std::filesystem::path& path) {
  return read_up_to(open_private(path, O_RDONLY), 1000);
}

bool make(const std::filesystem::path& path, std::string_view bytes) {
  return write_synced(open_private(path, O_WRONLY | O_CREAT | O_EXCL), bytes);
}

TEST_F(FileTest, DescriptorIsClosedOnceWithItsLastOwner) {
  int number = -1;
  {
    Descriptor first(::open("/dev/null", O_RDONLY | O_CLOEXEC));
    number = first.number();
    Descriptor second(std::move(first));
    EXPECT_FALSE(first.is_open());  // NOLINT(bugprone-use-after-move): its contract
    Descriptor third;
    third = std::move(second);
    EXPECT_EQ(third.number(), number);
    EXPECT_TRUE(is_open(number));
  }
  EXPECT_FALSE(is_open(number));
}

TEST_F(FileTest, CannotSaysTheCallThePathTheReasonAndTheAdvice) {
  const Error error = cannot("Opening {} failed", "/a/{b}", ENOENT, "; look.", 7).value();
  EXPECT_EQ(error.sentence, "Opening /a/{b} failed: No such file or directory; look.");
  EXPECT_EQ(error.exit_code, 7);
  EXPECT_EQ(cannot("{} cannot be read", "x", EACCES).value().exit_code, EX_CANTCREAT);
}

TEST_F(FileTest, WhatIsMadeIsPrivateAndNotInherited) {
  const ::mode_t before = ::umask(0);
  const Descriptor made = open_private(folder / "a", O_WRONLY | O_CREAT);
  ::umask(before);
  ASSERT_TRUE(made.is_open());
  struct stat found {};
  ASSERT_EQ(::fstat(made.number(), &found), 0);
  EXPECT_EQ(found.st_mode & 07777, 0600);
  EXPECT_NE(::fcntl(made.number(), F_GETFD) & FD_CLOEXEC, 0);
}

TEST_F(FileTest, WhatCannotBeOpenedSaysWhy) {
  EXPECT_FALSE(open_private(folder / "none", O_RDONLY).is_open());
  EXPECT_EQ(errno, ENOENT);
}

TEST_F(FileTest, ReadsFromTheBeginningAndNoMoreThanAsked) {
  const std::string bytes = std::string(5000, 'a') + "end";
  ASSERT_TRUE(make(folder / "a", bytes));
  const Descriptor file = open_private(folder / "a", O_RDONLY);
  EXPECT_EQ(read_up_to(file, 10'000), bytes);
  EXPECT_EQ(read_up_to(file, 10'000), bytes) << "independent of earlier reads";
  EXPECT_EQ(read_up_to(file, 4097), bytes.substr(0, 4097));
  EXPECT_EQ(read_up_to(open_private(folder, O_RDONLY), 10), std::nullopt);
  EXPECT_EQ(errno, EISDIR);
}

TEST_F(FileTest, WhatCannotBeWrittenSaysWhy) {
  ASSERT_TRUE(make(folder / "a", "1"));
  EXPECT_FALSE(write_synced(open_private(folder / "a", O_RDONLY), "2"));
  EXPECT_EQ(errno, EBADF);
  EXPECT_EQ(whole(folder / "a"), "1");
  EXPECT_FALSE(write_synced(Descriptor(::open("/dev/full", O_WRONLY | O_CLOEXEC)), "2"));
  EXPECT_EQ(errno, ENOSPC);
}

TEST_F(FileTest, RenamingToANewNameReplacesNothing) {
  ASSERT_TRUE(make(folder / "a", "1"));
  ASSERT_TRUE(make(folder / "b", "2"));
  EXPECT_EQ(rename_to_new(folder / "a", folder / "b"), EEXIST);
  EXPECT_EQ(whole(folder / "b"), "2");
  EXPECT_EQ(rename_to_new(folder / "a", folder / "c"), 0);
  EXPECT_EQ(whole(folder / "c"), "1");
  EXPECT_FALSE(std::filesystem::exists(folder / "a"));
}

TEST_F(FileTest, AFolderCanBeSyncedAndNothingElse) {
  EXPECT_TRUE(sync_folder(folder_of(folder / "a")));
  EXPECT_EQ(folder_of("a"), ".");
  ASSERT_TRUE(make(folder / "a", "1"));
  EXPECT_FALSE(sync_folder(folder / "a"));
  EXPECT_EQ(errno, ENOTDIR);
}

}  // namespace
}  // namespace palabre
