#include <gtest/gtest.h>

#include <map>
#include <string>

#include "drivers/failing_vfs_driver.h"
#include "drivers/store_driver.h"
#include "store/log_file.h"
#include "store/sqlite_history.h"

namespace palabre::store {
namespace {

using Call = FailingVfs::Call;

class FailingDiskTest : public testing::Test {
 protected:
  static constexpr int kDrafts = 36;

  /// The author's answers: message id to number; 0: refused.
  using Told = std::map<std::string, std::uint64_t>;

  /// One run of a server on a failing disk. The author sends three drafts at a time and waits for
  /// their verdicts, as long as the store works.
  void live(const std::filesystem::path& path, Told& told, const TestFolder& killed,
            Told& told_when_killed) {
    StoreTestDriver server(path);
    server.vfs = FailingVfs::kName;
    server.options.retention.count = 20;
    server.options.sizes.wal_pages = 8;
    if (server.start()) return;
    const auto room = server.open("lobby");
    bool was_refused = false;
    for (int i = 0; i < kDrafts && !server.history->failure(); i += 3) {
      for (int j = i; j < i + 3; ++j) {
        const std::string id = std::to_string(j);
        server.history->append(server.draft(room, "text of " + id, "ci", id));
      }
      for (const auto& verdict : server.events(3)) {
        const auto* const refused = std::get_if<chat::NotKept>(&verdict);
        const std::string id =
            refused ? refused->draft.id->text : StoreTestDriver::kept(verdict).draft.id->text;
        told[id] = server.number_of(verdict);
        if (refused) was_refused = true;
      }
      if (was_refused && told_when_killed.empty()) {
        // Killed right after the verdict, before it overwrites the remains of the failed write.
        told_when_killed = told;
        std::filesystem::copy(path.parent_path(), killed.path());
      }
    }
  }

  /// Checked after a clean start on a sound disk: every acknowledged message is there once, no
  /// refused one is there.
  static void expect_told_the_truth(const std::filesystem::path& path, const Told& told) {
    StoreTestDriver server(path);
    const auto refusal = server.start();
    ASSERT_FALSE(refusal) << *refusal;
    const std::string before = server.all_of("lobby");
    const auto room = server.open("lobby");
    for (const auto& [id, number] : told) {
      const auto again = server.post(server.draft(room, "text of " + id, "ci", id));
      ASSERT_TRUE(again);
      const auto& kept = StoreTestDriver::kept(*again);
      if (number != 0) {
        EXPECT_TRUE(kept.repeated) << id << " was acknowledged and is gone";
        EXPECT_EQ(kept.number.value, number);
      } else {
        EXPECT_FALSE(kept.repeated) << id << " was refused and is there: " << before;
      }
    }
    auto file = LogFile::open(path);
    ASSERT_TRUE(file);
    const auto report = file->check();
    EXPECT_TRUE(report.findings.empty()) << report.findings.front();
  }

  /// For N = 1, 2, ... until a run makes no Nth call.
  template <typename Fail>
  int fail_one_after_the_other(Fail fail) {
    int lives = 0;
    bool has_failed = true;
    while (has_failed && lives < 3000 && !HasFailure()) {
      const TestFolder folder;
      const TestFolder killed;
      Told told;
      Told told_when_killed;
      fail(++lives);
      live(folder.store(), told, killed, told_when_killed);
      has_failed = vfs.has_failed();
      vfs.work();
      SCOPED_TRACE("the call that failed was number " + std::to_string(lives));
      expect_told_the_truth(folder.store(), told);
      if (!told_when_killed.empty()) expect_told_the_truth(killed.store(), told_when_killed);
    }
    return lives;
  }

  FailingVfs vfs;
};

TEST_F(FailingDiskTest, WhicheverWriteFailsNothingIsSaidThatIsNotTrue) {
  EXPECT_GT(
      fail_one_after_the_other([this](int n) { vfs.fail(Call::kWrite, n, SQLITE_IOERR_WRITE); }),
      100);
}

TEST_F(FailingDiskTest, WhicheverWriteIsSaidToFailButDoesNotNothingIsSaidThatIsNotTrue) {
  EXPECT_GT(fail_one_after_the_other([this](int n) { vfs.fail_after_write(n); }), 100);
}

TEST_F(FailingDiskTest, WhicheverSyncFailsNothingIsSaidThatIsNotTrue) {
  EXPECT_GT(
      fail_one_after_the_other([this](int n) { vfs.fail(Call::kSync, n, SQLITE_IOERR_FSYNC); }),
      20);
}

TEST_F(FailingDiskTest, WhicheverTruncationFailsNothingIsSaidThatIsNotTrue) {
  EXPECT_GT(fail_one_after_the_other(
                [this](int n) { vfs.fail(Call::kTruncate, n, SQLITE_IOERR_TRUNCATE); }),
            2);
}

TEST_F(FailingDiskTest, WhicheverFileCannotBeOpenedNothingIsSaidThatIsNotTrue) {
  EXPECT_GT(fail_one_after_the_other([this](int n) { vfs.fail(Call::kOpen, n, SQLITE_CANTOPEN); }),
            2);
}

TEST_F(FailingDiskTest, WhicheverGrowthOfTheIndexFailsNothingIsSaidThatIsNotTrue) {
  EXPECT_GT(
      fail_one_after_the_other([this](int n) { vfs.fail(Call::kShm, n, SQLITE_IOERR_SHMSIZE); }),
      1);
}

TEST_F(FailingDiskTest, AFullDiskRefusesInWordsAndKeepsAgainWhenThereIsRoom) {
  const TestFolder folder;
  StoreTestDriver server(folder.store());
  server.vfs = FailingVfs::kName;
  ASSERT_FALSE(server.start());
  const auto room = server.open("lobby");
  vfs.set_room(100'000);
  std::uint64_t kept = 0;
  std::optional<chat::LogEvent> last;
  for (int i = 0; i < 1000; ++i) {
    last = server.post(server.draft(room, std::string(300, 'x')));
    if (server.number_of(last) == 0) break;
    ++kept;
  }
  EXPECT_GT(kept, 0U);
  ASSERT_TRUE(std::holds_alternative<chat::NotKept>(*last));
  EXPECT_EQ(std::get<chat::NotKept>(*last).trouble, chat::Trouble::kDiskFull);
  EXPECT_EQ(server.say(room, "still full"), 0U);
  EXPECT_EQ(server.read(room, kept - 1).entries.size(), 1U) << "reading goes on";
  EXPECT_FALSE(server.history->failure());
  vfs.set_room(std::numeric_limits<std::int64_t>::max());
  EXPECT_EQ(server.say(room, "room again"), kept + 1);
  server.restart();
  server.open("lobby");
  EXPECT_EQ(server.cursor.number.value, kept + 1);
}

TEST_F(FailingDiskTest, NoVerdictComesBeforeItsSync) {
  const TestFolder folder;
  StoreTestDriver server(folder.store());
  server.vfs = FailingVfs::kName;
  ASSERT_FALSE(server.start());
  const auto room = server.open("lobby");
  for (std::uint64_t number = 1; number <= 20; ++number) {
    const auto before = vfs.syncs();
    EXPECT_EQ(server.say(room, "x"), number);
    EXPECT_GT(vfs.syncs(), before);
  }
}

TEST_F(FailingDiskTest, AfterASyncThatFailedNothingMoreIsKeptAndReadingGoesOn) {
  const TestFolder folder;
  StoreTestDriver server(folder.store());
  server.vfs = FailingVfs::kName;
  ASSERT_FALSE(server.start());
  const auto room = server.open("lobby");
  EXPECT_EQ(server.say(room, "one"), 1U);
  vfs.fail(Call::kSync, 1, SQLITE_IOERR_FSYNC);
  const auto in_doubt = server.draft(room, "two", "ci", "2");
  EXPECT_FALSE(server.post(in_doubt)) << "answered, and nobody knows";
  ASSERT_TRUE(server.history->failure());
  EXPECT_NE(server.history->failure()->sentence.find("did not confirm"), std::string::npos);
  server.history->append(server.draft(room, "three", "ci", "3"));
  server.history->append(in_doubt);  // sent again
  server.history->append(server.draft(room, "four", "ci", "4"));
  const auto later = server.events(2, StoreTestDriver::Until::kAllHaveCome);
  ASSERT_EQ(later.size(), 2U);
  EXPECT_EQ(std::get<chat::NotKept>(later[0]).trouble, chat::Trouble::kDiskFailing);
  EXPECT_EQ(std::get<chat::NotKept>(later[1]).draft.id->text, "4") << "the other is not answered";
  EXPECT_EQ(server.read(room, 0).entries.size(), 1U);
  server.restart();
  auto again = in_doubt;
  again.room = server.open("lobby");
  EXPECT_EQ(server.number_of(server.post(again)), 2U);
}

}  // namespace
}  // namespace palabre::store
