#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>
#include <string>

#include "drivers/store_driver.h"
#include "store/database.h"

namespace palabre::store {
namespace {

constexpr std::int64_t kSecond = 1'000'000;

class FloodTest : public testing::Test {
 protected:
  void SetUp() override {
    server.options.retention = {.age = std::chrono::days(90),
                                .count = 3000,
                                .bytes = 200'000,
                                .floor = std::chrono::days(7)};
    server.options.sweep_every = std::chrono::milliseconds(20);
    server.restart();
    room = server.open("lobby");
  }

  static std::string text_of(const std::string& owner, int number) {
    return owner + " " + std::to_string(number) + " " + std::string(80, 'x');
  }
  bool post(const std::string& owner, int number, const std::string& network = "") {
    const auto verdict =
        server.post(StoreTestDriver::draft_of(room, owner, text_of(owner, number), network));
    return StoreTestDriver::number_of(verdict) != 0;
  }
  /// Posts as fast as allowed; returns how many are kept. All refusals are for the same reason.
  int flood(int messages, int per_second, int owners = 1, int networks = 0,
            std::size_t length = 80) {
    int kept = 0;
    for (int sent = 0; sent < messages; sent += per_second) {
      server.wall_clock += kSecond;
      server.boot_clock += kSecond;
      for (int i = sent; i < sent + per_second; ++i) {
        const std::string owner = "flood" + std::to_string(i % owners);
        const std::string network =
            networks == 0 ? "" : "2001:db8:0:" + std::to_string(i % owners % networks) + "::/64";
        server.history->append(
            StoreTestDriver::draft_of(room, owner, std::string(length, 'f'), network));
      }
      for (const auto& event : server.events(static_cast<std::size_t>(per_second))) {
        if (const auto* const refused = std::get_if<chat::NotKept>(&event)) {
          refusals.insert(refused->trouble);
        } else {
          ++kept;
        }
      }
    }
    return kept;
  }
  /// The texts of the room that do not come from the flood.
  std::set<std::string> honest() {
    std::set<std::string> texts;
    std::uint64_t after = 0;
    while (after < server.cursor.number.value) {
      const auto slice = server.read(room, after);
      for (const auto& entry : slice.entries) {
        const auto* const past = std::get_if<chat::PastMessage>(&entry);
        if (past == nullptr) {
          EXPECT_EQ(std::get<chat::Missing>(entry).why, chat::Missing::Why::kExpired);
        } else if (past->message->text.front() != 'f') {
          texts.insert(past->message->text);
        }
      }
      after = slice.up_to.value;
    }
    return texts;
  }
  void reopen() {
    server.history->close(room);
    room = server.open("lobby");
  }

  TestFolder folder;
  StoreTestDriver server{folder.store()};
  chat::RoomId room;
  std::set<chat::Trouble> refusals;
};

TEST_F(FloodTest, AnAuthorWhoPostsForAnHourRemovesNoMessageOfAnother) {
  std::set<std::string> said;
  int number = 0;
  const auto say = [&] {
    const std::string owner = "honest" + std::to_string(number % 20);
    EXPECT_TRUE(post(owner, number)) << number;
    said.insert(text_of(owner, number++));
  };
  for (int i = 0; i < 300; ++i) say();
  for (const int per_second : {2, 500}) {
    const int sent = per_second == 2 ? 7200 : 60'000;  // at 500 a second nothing new comes later
    EXPECT_LT(flood(sent, per_second, 1, 1), sent);
    EXPECT_EQ(refusals, std::set{chat::Trouble::kRoomFull});
    for (int i = 0; i < 100; ++i) say();
    reopen();
    EXPECT_EQ(honest(), said) << per_second;
  }
  server.restart();
  room = server.open("lobby");
  EXPECT_EQ(honest(), said);
  EXPECT_EQ(flood(500, 500, 1, 1), 0) << "a restart forgives nothing";
  server.expect_sound();
}

TEST_F(FloodTest, AnAuthorOfTheLocalNetworkReplacesItsOwnMessages) {
  for (int i = 0; i < 300; ++i) EXPECT_TRUE(post("honest", i));
  for (const std::size_t length : {1U, 80U}) {  // full of messages, then of bytes
    EXPECT_EQ(flood(20'000, 500, 1, 0, length), 20'000);
    reopen();
    EXPECT_EQ(honest().size(), 300U) << length;
  }
  server.wait([&] { return server.history->fill().used < 1'000'000; });
  server.expect_sound();
}

TEST_F(FloodTest, AThousandAuthorsOfTenNetworksRemoveNoMessageOfAHundredOthers) {
  std::set<std::string> said;
  for (int i = 0; i < 400; ++i) {
    const std::string owner = "honest" + std::to_string(i % 100);
    EXPECT_TRUE(post(owner, i, "198.51." + std::to_string(i % 100) + ".0/24"));
    said.insert(text_of(owner, i));
  }
  flood(20'000, 500, 1000, 10);
  for (int i = 400; i < 500; ++i) {
    const std::string owner = "honest" + std::to_string(i % 100);
    EXPECT_TRUE(post(owner, i, "198.51." + std::to_string(i % 100) + ".0/24"));
    said.insert(text_of(owner, i));
  }
  reopen();
  EXPECT_EQ(honest(), said);
  server.stop();
  server.expect_sound();
}

TEST_F(FloodTest, AFloodOfShortMessagesRemovesNoneOfOthersEither) {
  std::set<std::string> said;
  for (int i = 0; i < 200; ++i) {
    EXPECT_TRUE(post("honest", i));
    said.insert(text_of("honest", i));
  }
  EXPECT_LE(flood(20'000, 500, 1, 1, 1), 3000);
  EXPECT_EQ(refusals, std::set{chat::Trouble::kRoomFull});
  for (int i = 200; i < 250; ++i) {
    EXPECT_TRUE(post("honest", i)) << "its bytes are not what the room has too much of";
    said.insert(text_of("honest", i));
  }
  reopen();
  EXPECT_EQ(honest(), said);
}

TEST_F(FloodTest, MessagesOlderThanTheFloorGoFirstAndMakePlaceForAnybody) {
  for (int i = 0; i < 1000; ++i) post("honest", i);
  server.wall_clock += 8 * StoreTestDriver::kDay;
  server.boot_clock += 8 * StoreTestDriver::kDay;
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while (flood(500, 500) < 500 && std::chrono::steady_clock::now() < end) {
  }
  EXPECT_EQ(flood(1000, 500), 1000);
  server.history->close(room);
  bool are_gone = false;
  do are_gone = server.all_of("lobby").starts_with("1-");
  while (!are_gone && std::chrono::steady_clock::now() < end);
  EXPECT_TRUE(are_gone) << "the oldest make place";
}

TEST_F(FloodTest, WhileTheClockIsDoubtedNothingCountsAsOld) {
  for (int i = 0; i < 1000; ++i) post("honest", i);
  server.wall_clock += 3650 * StoreTestDriver::kDay;  // set while it runs
  for (int i = 0; i < 20; ++i) flood(500, 500);
  reopen();
  EXPECT_EQ(honest().size(), 1000U);
}

TEST_F(FloodTest, MessagesThatACrashLeftUncountedAreCountedAgain) {
  EXPECT_TRUE(post("honest", 1));
  EXPECT_EQ(flood(1500, 500, 1, 1), 1500);
  const TestFolder killed;
  std::filesystem::copy(folder.path(), killed.path());
  server.stop();
  server.options.path = killed.store();
  ASSERT_FALSE(server.start());
  room = server.open("lobby");
  EXPECT_LT(flood(2000, 500, 1, 1), 2000);
  EXPECT_EQ(refusals, std::set{chat::Trouble::kRoomFull});
  EXPECT_TRUE(post("honest", 2));
  server.stop();
  server.expect_sound();
}

TEST_F(FloodTest, MessagesFromBeforeTheTablesKnewAuthorsAreNobodysAndReadAsBefore) {
  server.options.retention.bytes.reset();
  server.restart();
  room = server.open("lobby");
  for (int i = 0; i < 500; ++i) server.say(room, std::to_string(i));
  const TestFolder old;
  std::filesystem::copy(folder.path(), old.path());
  server.stop();
  {
    auto database = Database::open(old.store(), Database::Mode::kWrite, "");
    ASSERT_TRUE(database);
    const auto done = database->run(
        "ALTER TABLE room DROP COLUMN missing; ALTER TABLE room DROP COLUMN counted;"
        "ALTER TABLE room DROP COLUMN ids; ALTER TABLE message DROP COLUMN owner;"
        "ALTER TABLE message DROP COLUMN network; ALTER TABLE message DROP COLUMN author_id;"
        "DROP TABLE hole; DROP TABLE share; DROP TABLE removal; PRAGMA user_version = 3");
    ASSERT_TRUE(done) << done.error().text;
    ASSERT_TRUE(database->checkpoint(Database::Checkpoint::kTruncate));
  }
  server.options.path = old.store();
  server.options.retention.count = 500;
  const auto refusal = server.start();
  ASSERT_FALSE(refusal) << *refusal;
  room = server.open("lobby");
  EXPECT_TRUE(post("ada", 1)) << "nobody has the largest share, and loses the oldest";
  server.stop();
  ASSERT_FALSE(server.start());
  const std::string all = server.all_of("lobby");
  EXPECT_TRUE(all.starts_with("1-1 expired|2 1|3 2|")) << all.substr(0, 60);
  server.stop();
  server.expect_sound();
}

TEST_F(FloodTest, WhereTheStoreIsFullItsLargestAuthorIsRefusedAndOthersAreNot) {
  server.options.retention = {.floor = std::chrono::days(7), .total = 300'000};
  server.restart();
  room = server.open("ops");
  EXPECT_TRUE(post("honest", 1));
  room = server.open("lobby");
  EXPECT_LT(flood(10'000, 500), 2500);
  EXPECT_EQ(refusals, std::set{chat::Trouble::kAllFull});
  for (int i = 2; i < 500; ++i) EXPECT_TRUE(post("honest", i)) << i;
  EXPECT_LT(server.history->fill().used, 340'000U);
  EXPECT_EQ(server.history->fill().total, 300'000U);
  reopen();
  EXPECT_EQ(honest().size(), 498U);
  EXPECT_EQ(server.all_of("ops").substr(0, 9), "1 honest ");
  server.stop();
  server.expect_sound();
}

TEST_F(FloodTest, WhereTheDiskIsNearlyFullStrangersAreRefusedFirst) {
  server.options.retention.free_percent = 10;
  server.restart();
  room = server.open("lobby");
  const std::string network = "198.51.100.0/24";
  EXPECT_TRUE(post("known", 1, network));
  server.wall_clock += 2 * StoreTestDriver::kDay;
  const auto who_may = [&](std::uint64_t free_of_1000) {
    server.free_of_1000 = free_of_1000;
    server.restart();  // the disk is looked at once in a second
    room = server.open("lobby");
    std::string may;
    if (post("stranger", 1, network)) may += "stranger ";
    if (post("known", 2, network)) may += "known ";
    if (post("here", 1)) may += "here ";
    const auto registry = server.open(std::string(chat::kRegistryRoom));
    if (server.say(registry, "x") != 0) may += "registry";
    return may;
  };
  EXPECT_EQ(who_may(90), "known here registry");
  EXPECT_EQ(who_may(19), "registry");
  EXPECT_EQ(who_may(9), "");
  EXPECT_EQ(who_may(150), "stranger known here registry");
}

TEST_F(FloodTest, APlaceOfARoomIsGivenToAnotherWhileTheServerRuns) {
  server.options.retention = {.age = std::chrono::days(1)};
  server.options.sizes.many_rooms = 1;
  server.restart();
  const auto gone = server.open("gone");
  const chat::LogId log = server.cursor.log;
  server.say(gone, "x");
  server.history->close(gone);
  server.wall_clock += 2 * StoreTestDriver::kDay;
  server.boot_clock += 2 * StoreTestDriver::kDay;
  server.wait([&] {
    server.say(server.open("lobby" + std::to_string(server.rooms)), "y");
    const auto kept = server.history->rooms();
    return std::ranges::find(kept, chat::RoomName{"gone"}) == kept.end();
  });
  EXPECT_EQ(server.say(server.open("gone"), "z"), 1U);
  EXPECT_NE(server.cursor.log, log);
  server.restart();
  EXPECT_EQ(server.all_of("gone"), "1 z");
}

TEST_F(FloodTest, OfOneAuthorOnlyTheNewestIdsAreRemembered) {
  server.options.sizes.ids_of_author = 50;
  server.options.sweep_every = server.options.forget_every = std::chrono::milliseconds(1);
  server.restart();
  room = server.open("lobby");
  const auto post_id = [&](const std::string& author, int id) {
    server.wall_clock += kSecond;
    server.boot_clock += kSecond;
    return server.number_of(
        server.post(StoreTestDriver::draft(room, "x", author, std::to_string(id))));
  };
  EXPECT_EQ(post_id("other", 0), 1U);
  for (int i = 0; i < 200; ++i) post_id("ci", i);
  EXPECT_EQ(post_id("ci", 199), 201U) << "among the newest";
  std::uint64_t number = 0;
  server.wait([&] {
    server.wake();
    number = post_id("ci", 0);
    return number > 201;
  });
  EXPECT_EQ(post_id("other", 0), 1U);
  server.stop();
  server.expect_sound();
}

}  // namespace
}  // namespace palabre::store
