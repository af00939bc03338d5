#include "store/sqlite_history.h"

#include <fcntl.h>
#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <string>

#include "drivers/store_driver.h"
#include "store/database.h"
#include "store/files.h"
#include "store/log_file.h"

namespace palabre::store {
namespace {

class SqliteHistoryTest : public testing::Test {
 protected:
  void SetUp() override {
    const auto refusal = server.start();
    ASSERT_FALSE(refusal) << *refusal;
  }
  void run_sql(const char* sql) {
    auto database = Database::open(folder.store(), Database::Mode::kWrite, "");
    ASSERT_TRUE(database);
    const auto done = database->run(sql);
    ASSERT_TRUE(done) << done.error().text;
  }
  /// Waits until everything due in `name` is gone, or for twenty seconds.
  void expect_soon(const std::string& name, const std::string& expected) {
    std::string found;
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    do found = server.all_of(name);
    while (found != expected && std::chrono::steady_clock::now() < end);
    EXPECT_EQ(found, expected);
  }

  TestFolder folder;
  StoreTestDriver server{folder.store()};
};

TEST_F(SqliteHistoryTest, NumbersGoOnWithoutAGapAfterARestart) {
  const auto room = server.open("lobby");
  EXPECT_EQ(server.cursor.number.value, 0U);
  const chat::LogId log = server.cursor.log;
  EXPECT_EQ(server.say(room, "one"), 1U);
  EXPECT_EQ(server.say(room, "two"), 2U);
  server.restart();
  const auto again = server.open("lobby");
  EXPECT_EQ(server.cursor, (chat::Cursor{log, {2}}));
  EXPECT_EQ(server.say(again, "three"), 3U);
  EXPECT_EQ(server.all_of("lobby"), "1 one|2 two|3 three");
}

TEST_F(SqliteHistoryTest, EachRoomHasNumbersAndALogOfItsOwn) {
  const auto lobby = server.open("lobby");
  const chat::LogId log = server.cursor.log;
  const auto ops = server.open("ops");
  EXPECT_NE(server.cursor.log, log);
  for (const auto room : {lobby, ops, lobby}) server.history->append(server.draft(room, "hi"));
  const auto verdicts = server.events(3);
  ASSERT_EQ(verdicts.size(), 3U);
  EXPECT_EQ(server.number_of(verdicts[0]), 1U);
  EXPECT_EQ(server.number_of(verdicts[1]), 1U);
  EXPECT_EQ(server.number_of(verdicts[2]), 2U);
}

TEST_F(SqliteHistoryTest, AnIdSentAgainHasItsFirstNumberAndBurnsNone) {
  const auto room = server.open("lobby");
  const auto sent = server.draft(room, "deploy", "ci", "build-7");
  EXPECT_EQ(server.number_of(server.post(sent)), 1U);
  const auto again = server.post(sent);
  ASSERT_TRUE(again);
  const auto& kept = StoreTestDriver::kept(*again);
  EXPECT_TRUE(kept.repeated);
  EXPECT_EQ(kept.number.value, 1U);
  EXPECT_EQ(server.say(room, "next"), 2U);
  EXPECT_EQ(server.all_of("lobby"), "1 deploy|2 next");
}

TEST_F(SqliteHistoryTest, ADraftThatIsBarredIsOnlyLookedUp) {
  const auto room = server.open("lobby");
  auto sent = server.draft(room, "deploy", "ci", "build-7");
  EXPECT_EQ(server.number_of(server.post(sent)), 1U);
  sent.bar = chat::Draft::Bar::kMuted;
  EXPECT_EQ(server.number_of(server.post(sent)), 1U) << "it was kept before";
  auto other = server.draft(room, "more", "ci", "build-8");
  other.bar = chat::Draft::Bar::kMuted;
  const auto barred = server.post(other);
  ASSERT_TRUE(barred);
  EXPECT_EQ(std::get<chat::NotKept>(*barred).trouble, chat::Trouble::kBarred);
  other.bar = chat::Draft::Bar::kNone;
  EXPECT_EQ(server.number_of(server.post(other)), 2U) << "its id is still free";
  EXPECT_EQ(server.all_of("lobby"), "1 deploy|2 more");
}

TEST_F(SqliteHistoryTest, ADraftGetsNoLargerNumberThanItMay) {
  const auto room = server.open("lobby");
  EXPECT_EQ(server.say(room, "one"), 1U);
  auto second = server.draft(room, "two", "ci", "build-7");
  second.most = 2;
  EXPECT_EQ(server.number_of(server.post(second)), 2U);
  EXPECT_EQ(server.number_of(server.post(second)), 2U) << "it was kept before";
  auto third = server.draft(room, "three", "ci", "build-8");
  third.most = 2;
  const auto refused = server.post(third);
  ASSERT_TRUE(refused);
  EXPECT_EQ(std::get<chat::NotKept>(*refused).trouble, chat::Trouble::kBarred);
  EXPECT_EQ(server.all_of("lobby"), "1 one|2 two");
}

TEST_F(SqliteHistoryTest, EveryMessageHasTheTimeWhenItWasKeptFirst) {
  const auto room = server.open("lobby");
  const WallTime first{server.wall_clock};
  const WallTime later{first.microseconds + 5};
  const auto kept_at = [&](const char* text, const char* id) {
    const auto verdict = server.post(server.draft(room, text, "ci", id));
    return StoreTestDriver::kept(verdict.value()).kept_at;
  };
  EXPECT_EQ(kept_at("one", "1"), first);
  server.wall_clock = later.microseconds;
  EXPECT_EQ(kept_at("two", "2"), later);
  EXPECT_EQ(kept_at("one", "1"), first) << "repeated";
  const auto slice = server.read(room, 0);
  ASSERT_EQ(slice.entries.size(), 2U);
  EXPECT_EQ(std::get<chat::PastMessage>(slice.entries[0]).kept_at, first);
  EXPECT_EQ(std::get<chat::PastMessage>(slice.entries[1]).kept_at, later);
}

TEST_F(SqliteHistoryTest, AnIdIsKnownAgainInTheSameGroupAfterARestartAndInAnotherRoom) {
  const auto room = server.open("lobby");
  server.history->append(server.draft(room, "before"));
  for (int i = 0; i < 3; ++i) server.history->append(server.draft(room, "once", "ci", "7"));
  server.history->append(server.draft(room, "after", "other", "7"));
  std::vector<std::uint64_t> numbers;
  for (const auto& verdict : server.events(5)) numbers.push_back(server.number_of(verdict));
  EXPECT_EQ(numbers, (std::vector<std::uint64_t>{1, 2, 2, 2, 3}));

  server.restart();
  const auto ops = server.open("ops");
  EXPECT_EQ(server.number_of(server.post(server.draft(ops, "once", "ci", "7"))), 2U);
  EXPECT_EQ(server.say(ops, "first"), 1U);
  server.restart();
  EXPECT_EQ(server.all_of("ops"), "1 first");
}

TEST_F(SqliteHistoryTest, AnIdWhoseRowHasRottenIsRefusedAloneAndTheServerGoesOn) {
  const auto room = server.open("lobby");
  server.post(server.draft(room, "once", "ci", "7"));
  server.stop();
  run_sql("UPDATE posted SET number = 3");
  ASSERT_FALSE(server.start());
  const auto again = server.open("lobby");
  server.history->append(server.draft(again, "two"));
  server.history->append(server.draft(again, "once", "ci", "7"));
  server.history->append(server.draft(again, "three", "ci", "8"));
  const auto verdicts = server.events(3);
  ASSERT_EQ(verdicts.size(), 3U);
  EXPECT_EQ(server.number_of(verdicts[0]), 2U);
  ASSERT_TRUE(std::holds_alternative<chat::NotKept>(verdicts[1]));
  EXPECT_EQ(std::get<chat::NotKept>(verdicts[1]).trouble, chat::Trouble::kDamagedId);
  EXPECT_EQ(server.number_of(verdicts[2]), 3U);
  EXPECT_FALSE(server.history->failure());
  EXPECT_EQ(server.all_of("lobby"), "1 once|2 two|3 three");
}

TEST_F(SqliteHistoryTest, AVerdictSpeaksOfTheRoomThatTheLogHasNow) {
  const auto room = server.open("lobby");
  const chat::LogId log = server.cursor.log;
  server.history->append(server.draft(room, "goodbye"));
  server.history->close(room);
  const auto again = server.open("lobby");
  EXPECT_EQ(server.cursor.log, log);
  const auto verdicts = server.events(1);
  ASSERT_EQ(verdicts.size(), 1U);
  EXPECT_EQ(StoreTestDriver::kept(verdicts[0]).room, again);
  server.history->close(again);
  EXPECT_EQ(server.all_of("lobby"), "1 goodbye");
}

TEST_F(SqliteHistoryTest, NothingIsReadForARoomThatWasClosedMeanwhile) {
  const auto room = server.open("lobby");
  server.say(room, "one");
  const auto ops = server.open("ops");
  server.say(ops, "first");
  server.history->read({{}, room, {0}, 100});
  server.history->close(room);
  EXPECT_EQ(server.read(ops, 0).room, ops);
  EXPECT_TRUE(server.history->take_slices().empty());
}

TEST_F(SqliteHistoryTest, ASliceEndsAtItsBytesAndTheNextGoesOn) {
  const auto room = server.open("lobby");
  for (int i = 0; i < 10; ++i) server.say(room, "123456");  // ten bytes with the author
  const auto slice = server.read(room, 3, 15);
  EXPECT_EQ(slice.after.value, 3U);
  EXPECT_EQ(slice.up_to.value, 5U);
  EXPECT_EQ(slice.entries.size(), 2U);
  EXPECT_EQ(server.read(room, 9, 1).entries.size(), 1U);
}

TEST_F(SqliteHistoryTest, NumbersOfARoomThatRetentionHasEmptiedAreNotUsedAgain) {
  const auto room = server.open("lobby");
  for (int i = 0; i < 5; ++i) server.say(room, "old");
  server.stop();
  server.options.retention.age = std::chrono::days(1);
  server.wall_clock += 2 * StoreTestDriver::kDay;
  ASSERT_FALSE(server.start());
  expect_soon("lobby", "1-5 expired");
  server.restart();
  const auto again = server.open("lobby");
  EXPECT_EQ(server.say(again, "new"), 6U);
  EXPECT_EQ(server.all_of("lobby"), "1-5 expired|6 new");
}

TEST_F(SqliteHistoryTest, KeepsSoManyMessagesARoom) {
  server.options.retention.count = 3;
  server.restart();
  const auto room = server.open("lobby");
  for (int i = 1; i <= 1000; ++i) server.history->append(server.draft(room, std::to_string(i)));
  EXPECT_EQ(server.events(1000).size(), 1000U);
  expect_soon("lobby", "1-997 expired|998 998|999 999|1000 1000");
  server.options.retention.count = 1;
  server.restart();
  expect_soon("lobby", "1-999 expired|1000 1000");
}

TEST_F(SqliteHistoryTest, KeepsSoManyBytesARoom) {
  server.options.retention.bytes = 30;
  server.restart();
  const auto room = server.open("lobby");
  for (int i = 0; i < 9; ++i) server.say(room, "123456");
  expect_soon("lobby", "1-6 expired|7 123456|8 123456|9 123456");
  server.options.retention.bytes = 20;
  server.restart();
  expect_soon("lobby", "1-7 expired|8 123456|9 123456");
}

TEST_F(SqliteHistoryTest, IdsOutliveTheTextAndAreForgottenAfterAWeek) {
  const auto room = server.open("lobby");
  EXPECT_EQ(server.number_of(server.post(server.draft(room, "x", "ci", "7"))), 1U);
  server.stop();
  server.options.retention.age = std::chrono::days(1);
  server.wall_clock += 2 * StoreTestDriver::kDay;
  ASSERT_FALSE(server.start());
  expect_soon("lobby", "1-1 expired");
  auto again = server.open("lobby");
  EXPECT_EQ(server.number_of(server.post(server.draft(again, "x", "ci", "7"))), 1U);
  server.stop();
  server.wall_clock += 6 * StoreTestDriver::kDay;
  server.options.sweep_every = server.options.forget_every = std::chrono::milliseconds(1);
  ASSERT_FALSE(server.start());
  again = server.open("lobby");
  std::uint64_t number = 0;
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  do number = server.number_of(server.post(server.draft(again, "x", "ci", "7")));
  while (number == 1 && std::chrono::steady_clock::now() < end);
  EXPECT_EQ(number, 2U);
}

TEST_F(SqliteHistoryTest, TheRegistrysLogIsKeptForGoodWithItsIds) {
  const std::string registry(chat::kRegistryRoom);
  server.options.retention = {.age = std::chrono::days(1), .count = 2, .bytes = 20};
  server.options.sweep_every = server.options.forget_every = std::chrono::milliseconds(1);
  server.options.sizes.many_rooms = 1;
  server.restart();
  const auto room = server.open(registry);
  server.post(server.draft(room, "first", "registry", "7"));
  for (const char* const text : {"second", "third", "fourth"}) server.say(room, text);
  server.post(server.draft(server.open("lobby"), "x", "ci", "7"));
  // In its second run the server knows the room from its file.
  for (const std::string_view id_of_lobby : {"is remembered", "is forgotten"}) {
    server.stop();
    server.wall_clock += 6 * StoreTestDriver::kDay;
    ASSERT_FALSE(server.start());
    expect_soon("lobby", "1-1 expired");
    EXPECT_EQ(server.all_of(registry), "1 first|2 second|3 third|4 fourth") << id_of_lobby;
  }
  const auto lobby = server.open("lobby");
  std::uint64_t number = 0;
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  do number = server.number_of(server.post(server.draft(lobby, "x", "ci", "7")));
  while (number == 1 && std::chrono::steady_clock::now() < end);
  EXPECT_EQ(number, 2U) << "the ids of others are forgotten";
  const auto again = server.open(registry);
  EXPECT_EQ(server.number_of(server.post(server.draft(again, "first", "registry", "7"))), 1U);
}

TEST_F(SqliteHistoryTest, NothingExpiresByAWallClockThatIsSetWhileItRuns) {
  server.options.retention.age = std::chrono::days(1);
  server.options.sweep_every = std::chrono::milliseconds(1);
  server.restart();
  const auto room = server.open("lobby");
  server.say(room, "one");
  for (const std::int64_t days : {3650, -3650, 1, -1, 3650}) {
    server.wall_clock += days * StoreTestDriver::kDay;
    for (int i = 0; i < 20; ++i) server.say(room, "more");
  }
  EXPECT_EQ(server.all_of("lobby").substr(0, 13), "1 one|2 more|");
}

TEST_F(SqliteHistoryTest, NothingExpiresByAWallClockThatIsWrongAtTheStartForADay) {
  const auto room = server.open("lobby");
  EXPECT_EQ(server.number_of(server.post(server.draft(room, "one", "ci", "7"))), 1U);
  server.stop();
  server.options.retention.age = std::chrono::days(1);
  server.options.sweep_every = server.options.forget_every = std::chrono::milliseconds(1);
  server.wall_clock += 3650 * StoreTestDriver::kDay;
  const auto pass = [&](std::chrono::microseconds time) {
    server.wall_clock += time.count();
    server.boot_clock += time.count();
  };
  for (int hour = 0; hour < 24; ++hour) {  // restarted every hour
    ASSERT_FALSE(server.start());
    EXPECT_EQ(server.all_of("lobby"), "1 one") << hour;
    const auto again = server.open("lobby");
    EXPECT_EQ(server.number_of(server.post(server.draft(again, "one", "ci", "7"))), 1U) << hour;
    pass(std::chrono::hours(1));
    server.stop();
  }
  ASSERT_FALSE(server.start());
  expect_soon("lobby", "1-1 expired");
}

TEST_F(SqliteHistoryTest, ASecondServerOnTheFileIsRefused) {
  StoreTestDriver other(folder.store());
  const auto refusal = other.start();
  ASSERT_TRUE(refusal);
  EXPECT_NE(refusal->find("another server"), std::string::npos) << *refusal;
}

TEST_F(SqliteHistoryTest, ALinkToAFileIsRefusedAlsoWhereItLeadsNowhere) {
  const TestFolder other;
  std::filesystem::create_symlink(folder.store(), other.store());
  StoreTestDriver linked(other.store());
  for (const bool is_there : {true, false}) {
    if (!is_there) {
      server.stop();
      std::filesystem::remove(folder.store());
    }
    const auto refusal = linked.start();
    ASSERT_TRUE(refusal) << is_there;
    EXPECT_NE(refusal->find("is a link"), std::string::npos) << *refusal;
    const auto looked = LogFile::open(other.store());
    ASSERT_FALSE(looked);
    EXPECT_NE(looked.error().sentence.find("is a link"), std::string::npos);
  }
  EXPECT_FALSE(std::filesystem::exists(lock_path(other.store())));
}

TEST_F(SqliteHistoryTest, NothingIsKeptInAFileThatWasRemovedOrReplacedWhileTheServerRuns) {
  for (const bool is_replaced : {false, true}) {
    server.options.look_every = std::chrono::milliseconds(0);
    server.restart();
    const auto room = server.open("lobby");
    EXPECT_GT(server.say(room, "kept"), 0U);
    std::filesystem::rename(folder.store(), folder.path() / "aside");
    if (is_replaced) std::filesystem::copy(folder.path() / "aside", folder.store());
    const auto lost = server.post(server.draft(room, "lost"));
    EXPECT_EQ(server.number_of(lost), 0U);
    ASSERT_TRUE(server.history->failure());
    EXPECT_NE(server.history->failure()->sentence.find("removed or replaced"), std::string::npos);
    server.stop();
    std::filesystem::rename(folder.path() / "aside", folder.store());
  }
  ASSERT_FALSE(server.start());
  EXPECT_EQ(server.all_of("lobby"), "1 kept|2 kept");
}

TEST_F(SqliteHistoryTest, NothingIsLostWhereSqlitesFilesAreRemovedOrReplacedWhileTheServerRuns) {
  int said = 0;
  for (const auto& file : {wal_path(folder.store()), shm_path(folder.store())}) {
    for (const bool is_replaced : {false, true}) {
      server.restart();
      const auto room = server.open("lobby");
      EXPECT_GT(server.say(room, "kept"), 0U);
      std::filesystem::rename(file, folder.path() / "aside");
      if (is_replaced) std::filesystem::copy(folder.path() / "aside", file);
      const auto lost = server.post(server.draft(room, "lost"));
      EXPECT_EQ(server.number_of(lost), 0U) << "it is not acknowledged";
      ASSERT_TRUE(server.history->failure());
      EXPECT_NE(server.history->failure()->sentence.find(file.filename().string() +
                                                         " was removed or replaced"),
                std::string::npos);
      server.stop();
      ASSERT_FALSE(server.start()) << file << is_replaced;
      ++said;
      EXPECT_TRUE(server.all_of("lobby").ends_with(std::to_string(said) + " kept"))
          << server.all_of("lobby");
    }
  }
}

TEST_F(SqliteHistoryTest, TablesOfANewerPalabreAreRefused) {
  server.stop();
  run_sql("PRAGMA user_version = 99");
  const auto refusal = server.start();
  ASSERT_TRUE(refusal);
  EXPECT_NE(refusal->find("newer palabre"), std::string::npos) << *refusal;
}

TEST_F(SqliteHistoryTest, AFileOfAnotherProgramIsRefusedAndLeftAlone) {
  server.stop();
  std::filesystem::remove(folder.store());
  std::ofstream(folder.store()) << "Dear diary,";
  EXPECT_TRUE(server.start());
  EXPECT_EQ(std::filesystem::file_size(folder.store()), 11U);
  std::filesystem::resize_file(folder.store(), 0);
  run_sql("CREATE TABLE cats(name)");
  const auto refusal = server.start();
  ASSERT_TRUE(refusal);
  EXPECT_NE(refusal->find("another program"), std::string::npos) << *refusal;
}

TEST_F(SqliteHistoryTest, AStoreThatIsGoneFromBesideItsLogIsNotBegunAnew) {
  server.say(server.open("lobby"), "one");
  const TestFolder killed;
  std::filesystem::copy(folder.path(), killed.path());
  server.stop();
  const auto bytes = std::filesystem::file_size(wal_path(killed.store()));
  ASSERT_GT(bytes, 0U);
  StoreTestDriver next(killed.store());
  for (const bool is_gone : {false, true}) {
    if (is_gone) {
      std::filesystem::remove(killed.store());
    } else {
      std::filesystem::resize_file(killed.store(), 0);
    }
    const auto refusal = next.start();
    next.stop();
    ASSERT_TRUE(refusal) << "gone: " << is_gone;
    EXPECT_NE(refusal->find(is_gone ? "is gone" : "is empty"), std::string::npos) << *refusal;
    EXPECT_NE(refusal->find("restore a backup"), std::string::npos) << *refusal;
    EXPECT_EQ(std::filesystem::file_size(wal_path(killed.store())), bytes);
  }
  std::filesystem::remove(wal_path(killed.store()));
  EXPECT_FALSE(next.start()) << "begun anew, as was said";
}

TEST_F(SqliteHistoryTest, AnEmptyFileIsNoNewStore) {
  server.stop();
  std::filesystem::resize_file(folder.store(), 0);
  const auto refusal = server.start();
  ASSERT_TRUE(refusal);
  EXPECT_NE(refusal->find("is empty"), std::string::npos) << *refusal;
  std::filesystem::remove(folder.store());
  EXPECT_FALSE(server.start());
}

TEST_F(SqliteHistoryTest, AStartThatWasCutOffWhileItMadeTheFileIsBegunAgain) {
  server.stop();
  std::filesystem::remove(folder.store());
  for (const char* const half : {"", "half of a file"}) {
    std::ofstream(unfinished_path(folder.store())) << half;
    std::ofstream(journal_path(unfinished_path(folder.store()))) << half;
    const auto refusal = server.start();
    ASSERT_FALSE(refusal) << *refusal;
    EXPECT_EQ(server.say(server.open("lobby"), "one"), 1U);
    server.stop();
    EXPECT_FALSE(std::filesystem::exists(unfinished_path(folder.store())));
    std::filesystem::remove(folder.store());
  }
}

TEST_F(SqliteHistoryTest, WhatWasAppendedIsKeptWhenTheServerStops) {
  const auto room = server.open("lobby");
  for (int i = 0; i < 100; ++i) server.history->append(server.draft(room, "x"));
  server.restart();
  server.open("lobby");
  EXPECT_EQ(server.cursor.number.value, 100U);
}

/// Without that lock, another process that opens the store takes it for unused, and truncates the
/// index while the server runs.
TEST_F(SqliteHistoryTest, HoldsSqlitesLockOnTheIndexWhileItRuns) {
  server.say(server.open("lobby"), "x");
  const Descriptor index(::open(shm_path(folder.store()).c_str(), O_RDWR | O_CLOEXEC));
  ASSERT_GE(index.number(), 0);
  constexpr off_t kLockOfWhoeverHasItOpen = 128;  // of SQLite's "DMS"
  struct flock lock {};
  lock.l_type = F_WRLCK;
  lock.l_whence = SEEK_SET;
  lock.l_start = kLockOfWhoeverHasItOpen;
  lock.l_len = 1;
  ASSERT_EQ(::fcntl(index.number(), F_OFD_GETLK, &lock), 0);
  EXPECT_EQ(lock.l_type, F_RDLCK);
}

TEST_F(SqliteHistoryTest, AStoppedStoreIsOneFileForNobodyElse) {
  const auto room = server.open("lobby");
  server.say(room, "x");
  server.stop();
  EXPECT_FALSE(std::filesystem::exists(wal_path(folder.store())));
  EXPECT_FALSE(std::filesystem::exists(shm_path(folder.store())));
  EXPECT_EQ(std::filesystem::status(folder.store()).permissions(),
            std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
}

TEST_F(SqliteHistoryTest, BeyondTheEndOfTheQueueADraftIsRefused) {
  server.options.sizes.waiting_drafts = 10;
  server.restart();
  const auto room = server.open("lobby");
  for (int i = 0; i < 30; ++i) server.history->append(server.draft(room, "x"));
  // Nobody takes the verdicts meanwhile, so the drafts still count.
  std::map<bool, int> kept;
  for (const auto& verdict : server.events(30)) ++kept[server.number_of(verdict) > 0];
  EXPECT_EQ(kept[true], 10);
  EXPECT_EQ(kept[false], 20);
  EXPECT_EQ(server.say(room, "again"), 11U);
}

TEST_F(SqliteHistoryTest, TheWriteAheadLogDoesNotGrowWithoutEnd) {
  server.options.sizes.wal_pages = 50;
  server.restart();
  const auto room = server.open("lobby");
  for (int i = 0; i < 1000; ++i) server.say(room, "x");
  EXPECT_LT(std::filesystem::file_size(wal_path(folder.store())), 80U * 4120);
}

TEST_F(SqliteHistoryTest, ADamagedCounterIsARefusedStart) {
  const auto room = server.open("lobby");
  server.say(room, "one");
  server.stop();
  run_sql("UPDATE room SET next = 1");
  const auto refusal = server.start();
  ASSERT_TRUE(refusal);
  EXPECT_NE(refusal->find("counters of room 1"), std::string::npos) << *refusal;
  EXPECT_NE(refusal->find("palabre check"), std::string::npos) << *refusal;
}

TEST_F(SqliteHistoryTest, ChangedTextIsNeverShown) {
  const auto room = server.open("lobby");
  for (const char* const text : {"one", "two", "three"}) server.say(room, text);
  server.stop();
  run_sql("UPDATE message SET text = 'TWO' WHERE text = 'two'");
  ASSERT_FALSE(server.start());
  EXPECT_EQ(server.all_of("lobby"), "1 one|2-2 damaged|3 three");
}

TEST_F(SqliteHistoryTest, AMessageThatIsGoneIsSaidToBeDamaged) {
  const auto room = server.open("lobby");
  for (const char* const text : {"one", "two", "three"}) server.say(room, text);
  server.stop();
  run_sql("DELETE FROM message WHERE text <> 'one'");
  ASSERT_FALSE(server.start());
  EXPECT_EQ(server.all_of("lobby"), "1 one|2-3 damaged");
}

TEST_F(SqliteHistoryTest, WhereThereAreManyRoomsAStartForgetsThoseOfWhichNothingIsLeft) {
  server.say(server.open("empty"), "x");
  const chat::LogId log = server.cursor.log;
  server.post(server.draft(server.open("remembered"), "x", "ci", "7"));
  server.say(server.open("lobby"), "x");
  server.stop();
  server.options.retention.age = std::chrono::days(1);
  server.wall_clock += 2 * StoreTestDriver::kDay;
  ASSERT_FALSE(server.start());
  EXPECT_EQ(server.say(server.open("lobby"), "new"), 2U);
  for (const char* const name : {"empty", "remembered"}) expect_soon(name, "1-1 expired");
  server.restart();
  EXPECT_EQ(server.all_of("empty"), "1-1 expired") << "these are few";

  server.options.sizes.many_rooms = 3;
  server.restart();
  const auto again = server.open("empty");
  EXPECT_NE(server.cursor.log, log) << "a number of the one would be taken for the other's";
  EXPECT_EQ(server.cursor.number.value, 0U);
  const auto late = server.open("late");
  const auto remembered = server.open("remembered");
  for (const auto room : {late, again, late}) server.history->append(server.draft(room, "y"));
  EXPECT_EQ(server.events(3).size(), 3U);
  EXPECT_EQ(server.number_of(server.post(server.draft(late, "x", "ci", "7"))), 1U);
  EXPECT_EQ(server.say(remembered, "y"), 2U);
  server.restart();
  EXPECT_EQ(server.all_of("empty"), "1 y");
  EXPECT_EQ(server.all_of("late"), "1 y|2 y");
  EXPECT_EQ(server.all_of("remembered"), "1-1 expired|2 y");
  EXPECT_EQ(server.all_of("lobby"), "1-1 expired|2 new");
  server.expect_sound();
}

TEST_F(SqliteHistoryTest, MoreRoomsThanThereIsPlaceForAreRefused) {
  const auto first = server.open("lobby");
  EXPECT_EQ(server.say(first, "x"), 1U);
  for (int i = 1; i < kMostRooms - 1; ++i) {
    server.history->append(server.draft(server.open("r" + std::to_string(i)), "x"));
    if (i % 4096 == 0) {
      EXPECT_EQ(server.events(4096).size(), 4096U);
    }
  }
  EXPECT_EQ(server.events(4094).size(), 4094U);
  const auto one_more = server.open("one-more");
  const auto expect_no_place = [&] {
    const auto full = server.post(server.draft(one_more, "x"));
    ASSERT_TRUE(full);
    EXPECT_EQ(std::get<chat::NotKept>(*full).trouble, chat::Trouble::kTooManyRooms);
  };
  expect_no_place();
  EXPECT_EQ(server.say(server.open(std::string(chat::kRegistryRoom)), "x"), 1U)
      << "has a place of its own";
  expect_no_place();
  EXPECT_EQ(server.say(first, "y"), 2U);
}

}  // namespace
}  // namespace palabre::store
