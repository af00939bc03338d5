#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <string>
#include <thread>
#include <vector>

#include "drivers/store_driver.h"
#include "store/files.h"
#include "store/log_file.h"

namespace palabre::store {
namespace {

class RemovalTest : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_FALSE(server.start());
    open_rooms();
  }
  void open_rooms() {
    registry = server.open(std::string(chat::kRegistryRoom));
    lobby = server.open("lobby");
  }
  chat::Draft decision(chat::Removal removal) const {
    chat::Draft made = StoreTestDriver::draft(registry, "a decision", "registry");
    made.removes = std::make_shared<const chat::Removal>(std::move(removal));
    return made;
  }
  static chat::Removal one(const std::string& room, std::uint64_t number) {
    return {chat::Removal::One{{room}, {number}}};
  }
  chat::Removal by(const std::string& owner) const {
    return {chat::Removal::By{owner, {}, WallTime{since}}};
  }
  /// The events of a decision: `lobby 1 2|kept`.
  std::string decide(chat::Removal removal) {
    server.history->append(decision(std::move(removal)));
    return events();
  }
  std::string events() {
    std::string all;
    server.wait([&] {
      bool is_over = false;
      for (const auto& event : server.history->take_events()) {
        if (!all.empty()) all += "|";
        if (const auto* const removed = std::get_if<chat::Removed>(&event)) {
          all += removed->room.text;
          for (const auto number : removed->numbers) all += " " + std::to_string(number.value);
        } else {
          all += "kept";
          is_over = true;
        }
      }
      return is_over;
    });
    return all;
  }
  static bool has(const std::filesystem::path& file, const std::string& text) {
    std::ifstream stream(file, std::ios::binary);
    const std::string bytes{std::istreambuf_iterator<char>(stream), {}};
    return bytes.find(text) != std::string::npos;
  }
  /// Waits until no file of the store has the text.
  void expect_gone(const std::string& text) {
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(10);
    const auto is_there = [&] {
      return has(server.options.path, text) || has(wal_path(server.options.path), text);
    };
    while (is_there() && std::chrono::steady_clock::now() < end) {
    }
    EXPECT_FALSE(has(server.options.path, text)) << text;
    EXPECT_FALSE(has(wal_path(server.options.path), text)) << text;
  }

  TestFolder folder;
  StoreTestDriver server{folder.store()};
  chat::RoomId registry;
  chat::RoomId lobby;
  std::int64_t since = 0;
};

TEST_F(RemovalTest, AMessageLeavesATombstoneUnderItsNumberAndNoByteOfItsText) {
  for (const char* const text : {"first", "SECRETWORD", "third"}) {
    server.post(StoreTestDriver::draft(lobby, text, "ci", text));
  }
  EXPECT_EQ(decide(one("lobby", 2)), "lobby 2|kept");
  EXPECT_EQ(decide(one("lobby", 2)), "kept") << "gone already";
  EXPECT_EQ(decide(one("lobby", 9)), "kept");
  EXPECT_EQ(decide(one("elsewhere", 1)), "kept");
  EXPECT_EQ(server.number_of(
                server.post(StoreTestDriver::draft(lobby, "SECRETWORD", "ci", "SECRETWORD"))),
            2U)
      << "sent again: a duplicate";
  const auto slice = server.read(lobby, 1);
  const auto& tombstone = std::get<chat::PastMessage>(slice.entries.at(0));
  EXPECT_EQ(tombstone.message->kind, chat::Kind::kRemoved);
  EXPECT_EQ(tombstone.message->author + tombstone.message->text, "");
  EXPECT_EQ(server.say(lobby, "fourth"), 4U);
  server.restart();
  EXPECT_EQ(server.all_of("lobby"), "1 first|2 removed|3 third|4 fourth");
  server.expect_sound();
}

TEST_F(RemovalTest, NoFileHasTheTextAfterwardsHoweverThePagesWereSplit) {
  std::vector<chat::RoomId> rooms;
  for (int i = 0; i < 40; ++i) rooms.push_back(server.open("room" + std::to_string(i)));
  for (int i = 0; i < 3000; ++i) {  // amid the table, so that its pages are split
    const auto room = rooms[static_cast<std::size_t>(i * 7 % 40)];
    const std::string owner = i % 3 == 0 ? "eve" : "ada";
    server.history->append(StoreTestDriver::draft_of(
        room, owner, (i % 3 == 0 ? "SECRETWORD" : "harmless") + std::string(i % 200, 'x')));
    if (i % 100 == 99) server.events(100);
  }
  EXPECT_TRUE(decide(by("eve")).ends_with("|kept"));
  expect_gone("SECRETWORD");
  auto file = LogFile::open(folder.store());
  ASSERT_TRUE(file);
  ASSERT_TRUE(file->backup(folder.path() / "copy"));
  EXPECT_FALSE(has(folder.path() / "copy", "SECRETWORD"));
  EXPECT_TRUE(has(folder.path() / "copy", "harmless"));
  server.expect_sound();
}

TEST_F(RemovalTest, AllOfAnAuthorSinceATimeGoesFromAllRoomsAndNothingOfOthers) {
  const auto ops = server.open("ops");
  const auto say = [&](chat::RoomId room, const std::string& owner, const std::string& text,
                       const std::string& network = "") {
    server.post(StoreTestDriver::draft_of(room, owner, text, network));
    server.wall_clock += 1000;
  };
  say(lobby, "eve", "before");
  since = server.wall_clock;
  say(lobby, "eve", "SECRETWORD", "2001:db8:0:1::/64");
  say(ops, "ada", "other");
  say(ops, "eve", "SECRETWORD");
  EXPECT_EQ(decide(by("eve")), "lobby 2|ops 2|kept");
  say(lobby, "eve", "after");
  EXPECT_EQ(server.all_of("ops"), "1 other|2 removed");
  say(lobby, "mallory", "from there", "2001:db8:0:1::/64");
  say(lobby, "mallory", "from elsewhere", "2001:db8:1::/64");
  EXPECT_EQ(decide({chat::Removal::By{{}, Network::parse("2001:db8:0:1::7"), {}}}), "kept")
      << "an address says nothing about its network";
  EXPECT_EQ(decide({chat::Removal::By{{}, Network::parse("2001:db8::/48"), {}}}), "lobby 4|kept");
  server.restart();
  EXPECT_EQ(server.all_of("lobby"), "1 before|2 removed|3 after|4 removed|5 from elsewhere");
  server.expect_sound();
}

TEST_F(RemovalTest, AllOfARoomGoesAndItsNumbersStay) {
  const auto ops = server.open("ops");
  for (int i = 0; i < 3; ++i) server.post(StoreTestDriver::draft_of(lobby, "eve", "SECRETWORD"));
  server.post(StoreTestDriver::draft_of(ops, "eve", "other"));
  EXPECT_EQ(decide({chat::Removal::All{{"lobby"}}}), "lobby 1 2 3|kept");
  EXPECT_EQ(decide({chat::Removal::All{{"lobby"}}}), "kept") << "it is empty already";
  EXPECT_EQ(decide({chat::Removal::All{{"elsewhere"}}}), "kept");
  EXPECT_EQ(decide({chat::Removal::All{{std::string(chat::kRegistryRoom)}}}), "kept");
  server.wall_clock += 1000;
  EXPECT_EQ(server.say(lobby, "after"), 4U);
  expect_gone("SECRETWORD");
  server.restart();
  EXPECT_EQ(server.all_of("lobby"), "1 removed|2 removed|3 removed|4 after");
  EXPECT_EQ(server.all_of("ops"), "1 other");
  server.expect_sound();
}

TEST_F(RemovalTest, NobodyWaitsLongForARemovalToRegister) {
  server.options.sizes.examined_rows = 1;
  server.restart();
  open_rooms();
  constexpr int kMessages = 20'000;  // many more slices than fit in the time
  for (int i = 0; i < kMessages; ++i) {
    server.history->append(StoreTestDriver::draft_of(lobby, "eve", "SECRETWORD"));
    if (i % 1000 == 999) server.events(1000);
  }
  server.history->append(decision(by("eve")));
  server.history->append(StoreTestDriver::draft(registry, "a registration", "registry", "2"));
  std::size_t removed = 0;
  std::vector<bool> removes_on;
  const auto begin = std::chrono::steady_clock::now();
  server.wait([&] {
    for (const auto& event : server.history->take_events()) {
      if (const auto* const some = std::get_if<chat::Removed>(&event)) {
        removed += some->numbers.size();
      } else if (const auto* const kept = std::get_if<chat::Advanced>(&event)) {
        removes_on.push_back(kept->removes_on);
      }
    }
    return removes_on.size() == 2;
  });
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(10));
  EXPECT_LT(removed, static_cast<std::size_t>(kMessages));
  EXPECT_EQ(removes_on, (std::vector{true, false})) << "in their order";
  EXPECT_EQ(server.all_of("lobby").find("SECRETWORD"), std::string::npos)
      << "nobody is shown what is not removed yet";
}

TEST_F(RemovalTest, SlicesThatWereReadBeforeTheRemovalDoNotShowIt) {
  server.say(lobby, "first");
  server.say(lobby, "SECRETWORD");
  server.history->read({{}, lobby, {0}, 1 << 20});
  server.wait([&] {  // the read of another room comes after it
    server.history->read({{}, registry, {0}, 1 << 20});
    return true;
  });
  std::this_thread::sleep_for(std::chrono::milliseconds(50));
  EXPECT_EQ(decide(one("lobby", 2)), "lobby 2|kept");
  std::vector<chat::Slice> slices;
  server.wait([&] {
    for (auto& slice : server.history->take_slices()) slices.push_back(std::move(slice));
    return !slices.empty();
  });
  ASSERT_EQ(slices.front().entries.size(), 2U);
  EXPECT_EQ(StoreTestDriver::in_words(slices.front().entries[1]), "2 removed");
}

TEST_F(RemovalTest, AServerThatIsKilledAmidARemovalGoesOnWithItAndShowsNothingMeanwhile) {
  server.options.sizes.examined_rows = 1;
  server.restart();
  open_rooms();
  for (int i = 0; i < 600; ++i) {
    server.history->append(StoreTestDriver::draft_of(lobby, "eve", "SECRETWORD"));
  }
  server.events(600);
  server.history->append(decision(by("eve")));
  bool is_begun = false;
  server.wait([&] {
    for (const auto& event : server.history->take_events()) {
      EXPECT_TRUE(std::holds_alternative<chat::Removed>(event)) << "answered too early";
      is_begun = true;
    }
    return is_begun;
  });
  const TestFolder killed;
  std::filesystem::copy(folder.path(), killed.path());
  server.stop();
  ASSERT_TRUE(has(killed.store(), "SECRETWORD") || has(wal_path(killed.store()), "SECRETWORD"));
  {
    auto file = LogFile::open(killed.store());
    ASSERT_TRUE(file);
    ASSERT_TRUE(file->backup(killed.path() / "copy"));
    EXPECT_FALSE(has(killed.path() / "copy", "SECRETWORD"));
  }
  server.options.path = killed.store();
  ASSERT_FALSE(server.start());
  EXPECT_EQ(server.all_of("lobby").find("SECRETWORD"), std::string::npos);
  expect_gone("SECRETWORD");
  server.restart();
  EXPECT_EQ(server.all_of("lobby").find("SECRETWORD"), std::string::npos);
  server.expect_sound();
}

}  // namespace
}  // namespace palabre::store
