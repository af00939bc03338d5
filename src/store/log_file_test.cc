#include "store/log_file.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>
#include <string>

#include "drivers/store_driver.h"

namespace palabre::store {
namespace {

class LogFileTest : public testing::Test {
 protected:
  void SetUp() override {
    const auto refusal = server.start();
    ASSERT_FALSE(refusal) << *refusal;
    const auto room = server.open("lobby");
    for (const char* const text : {"one", "two", "three"}) server.say(room, text);
    server.post(server.draft(room, "four", "ci", "7"));
    server.say(server.open("ops"), "first");
  }
  static std::string all_of(LogFile& file, const std::string& name) {
    const auto room = file.find({name});
    if (!room || !*room) return "no such room";
    std::string said;
    chat::Number after{(*room)->first.value - 1};
    while (after < (*room)->last) {
      const auto part = file.read(**room, after);
      for (const auto& entry : part.entries) {
        const auto* const dated = std::get_if<LogFile::Dated>(&entry);
        said += dated == nullptr ? "?"
                                 : std::to_string(dated->number.value) + dated->message->text + " ";
      }
      after = part.up_to;
    }
    return said;
  }
  void run_sql(const char* sql) const {
    auto database = Database::open(folder.store(), Database::Mode::kWrite, "");
    ASSERT_TRUE(database);
    const auto done = database->run(sql);
    ASSERT_TRUE(done) << done.error().text;
  }
  std::string findings() const {
    auto file = LogFile::open(folder.store());
    if (!file) return file.error().sentence;
    std::string all;
    for (const auto& finding : file->check().findings) all += finding + "\n";
    return all;
  }

  TestFolder folder;
  StoreTestDriver server{folder.store()};
};

TEST_F(LogFileTest, ReadsALiveStoreAndAStoppedOne) {
  auto live = LogFile::open(folder.store());
  ASSERT_TRUE(live) << live.error().sentence;
  EXPECT_EQ(all_of(*live, "lobby"), "1one 2two 3three 4four ");
  EXPECT_EQ(all_of(*live, "nowhere"), "no such room");
  server.say(server.open("late"), "hello");
  EXPECT_EQ(all_of(*live, "late"), "1hello ");
  EXPECT_EQ(live->rooms()->size(), 3U);
  EXPECT_EQ(live->find({"late"})->value().log, server.cursor.log);
  server.stop();
  auto stopped = LogFile::open(folder.store());
  ASSERT_TRUE(stopped) << stopped.error().sentence;
  EXPECT_EQ(all_of(*stopped, "ops"), "1first ");
  EXPECT_FALSE(server.start());
}

TEST_F(LogFileTest, FindsWhereAMomentIs) {
  auto file = LogFile::open(folder.store());
  ASSERT_TRUE(file);
  const auto began = server.wall_clock.load();
  server.wall_clock += StoreTestDriver::kDay;
  server.say(server.open("lobby"), "five");
  const auto room = file->find({"lobby"})->value();
  EXPECT_EQ(file->before(room, began)->value, 0U);
  EXPECT_EQ(file->before(room, began + 1)->value, 4U);
  EXPECT_EQ(file->before(room, began + 2 * StoreTestDriver::kDay)->value, 5U);
}

TEST_F(LogFileTest, ABackupOfALiveStoreIsAWholeStoreWithOtherLogs) {
  const auto to = folder.path() / "backup";
  {
    auto live = LogFile::open(folder.store());
    ASSERT_TRUE(live);
    const auto made = live->backup(to);
    ASSERT_TRUE(made) << made.error().sentence;
    EXPECT_EQ(std::filesystem::status(to).permissions(),
              std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
    EXPECT_FALSE(live->backup(to)) << "written over";
  }
  server.open("lobby");
  const chat::LogId log = server.cursor.log;
  StoreTestDriver restored(to);
  restored.last_random = 5000;
  ASSERT_FALSE(restored.start());
  const auto room = restored.open("lobby");
  EXPECT_NE(restored.cursor.log, log);
  EXPECT_EQ(restored.number_of(restored.post(restored.draft(room, "four", "ci", "7"))), 4U);
  EXPECT_EQ(restored.say(room, "five"), 5U);
  EXPECT_EQ(restored.all_of("lobby"), "1 one|2 two|3 three|4 four|5 five");
  const chat::LogId its = restored.cursor.log;
  restored.restart();
  restored.open("lobby");
  EXPECT_EQ(restored.cursor.log, its);
}

std::size_t parts_of(const std::filesystem::path& copy) {
  std::size_t count = 0;
  for (const auto& entry : std::filesystem::directory_iterator(copy.parent_path())) {
    if (entry.path().string().starts_with(part_path(copy).string())) ++count;
  }
  return count;
}

TEST_F(LogFileTest, ABackupThatWasCutOffIsNoneAndNoObstacleToTheNext) {
  auto file = LogFile::open(folder.store());
  ASSERT_TRUE(file);
  const auto to = folder.path() / "backup";
  const std::filesystem::path cut_off = part_path(to).string() + "abcdef";
  std::ofstream(cut_off) << std::string(100'000, 'x');
  std::ofstream(journal_path(cut_off)) << "half of a journal";
  const auto others = make_part(to);
  ASSERT_TRUE(others) << "another backup is at it";
  EXPECT_FALSE(std::filesystem::exists(cut_off));
  const auto made = file->backup(to);
  ASSERT_TRUE(made) << made.error().sentence;
  EXPECT_TRUE(std::filesystem::exists(others->path)) << "which has its own";
  EXPECT_EQ(parts_of(to), 1U);
  struct stat found {};
  ASSERT_EQ(::stat(to.c_str(), &found), 0);
  EXPECT_EQ(found.st_mode & 0777U, 0600U);
  auto copy = LogFile::open(to);
  ASSERT_TRUE(copy) << copy.error().sentence;
  EXPECT_EQ(all_of(*copy, "lobby"), "1one 2two 3three 4four ");
}

TEST_F(LogFileTest, ABackupOfADamagedStoreBlamesTheStore) {
  server.stop();
  const auto size = std::filesystem::file_size(folder.store());
  {
    std::fstream bytes(folder.store(), std::ios::binary | std::ios::in | std::ios::out);
    bytes.seekp(4096);  // all pages except the first, which holds the names of the tables
    bytes << std::string(size - 4096, '\xff');
  }
  auto file = LogFile::open(folder.store());
  ASSERT_TRUE(file) << file.error().sentence;
  const auto to = folder.path() / "backup";
  const auto refused = file->backup(to);
  ASSERT_FALSE(refused);
  EXPECT_TRUE(refused.error().sentence.starts_with(folder.store().string() + " cannot be read"))
      << refused.error().sentence;
  EXPECT_FALSE(std::filesystem::exists(to));
  EXPECT_EQ(parts_of(to), 0U);
}

TEST_F(LogFileTest, NothingIsWrongWithAStoreThatNobodyTouched) {
  auto file = LogFile::open(folder.store());
  ASSERT_TRUE(file);
  const auto report = file->check();
  EXPECT_TRUE(report.findings.empty()) << report.findings.front();
  EXPECT_EQ(report.rooms, 2U);
  EXPECT_EQ(report.messages, 5U);
  EXPECT_EQ(report.ids, 1U);
}

TEST_F(LogFileTest, NamesWhatIsWrong) {
  server.stop();
  run_sql("UPDATE message SET text = 'TWO' WHERE text = 'two'");
  run_sql("DELETE FROM message WHERE text = 'four'");
  run_sql("UPDATE posted SET number = 3");
  run_sql("UPDATE room SET next = 9 WHERE name = 'ops'");
  const std::string found = findings();
  for (const char* const part :
       {"Message 2 of room lobby is damaged", "In room lobby, message 4 is missing",
        "id 7 of ci is damaged", "The row of room 2 is damaged"}) {
    EXPECT_NE(found.find(part), std::string::npos) << part << " is not in\n" << found;
  }
}

TEST_F(LogFileTest, WhatIsNotThereIsRefused) {
  EXPECT_FALSE(LogFile::open(folder.path() / "nothing"));
  EXPECT_FALSE(std::filesystem::exists(folder.path() / "nothing"));
}

}  // namespace
}  // namespace palabre::store
