#include "client/cursor_file.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <fstream>
#include <string>
#include <thread>
#include <vector>

#include "client/private_file.h"
#include "drivers/temporary_folder.h"

namespace palabre::client {
namespace {

Pin pin(std::uint8_t byte) {
  Pin pin;
  pin.bytes.fill(byte);
  return pin;
}

TEST(CursorFile, RemembersEachRoomOfEachServer) {
  const TemporaryFolder folder;
  const CursorFile file(folder.path() / "deep" / "cursors");
  EXPECT_TRUE(file.read(pin(1)).value().empty());
  ASSERT_TRUE(
      file.write(pin(1), {{{"lobby"}, {{0xABCDEF0123456789}, {7}}}, {{"ops"}, {{2}, {1}}}}));
  ASSERT_TRUE(file.write(pin(2), {{{"lobby"}, {{3}, {9}}}}));
  ASSERT_TRUE(file.write(pin(1), {{{"ops"}, {{2}, {5}}}}));
  const auto first = file.read(pin(1)).value();
  ASSERT_EQ(first.size(), 2);
  EXPECT_EQ(first.at({"lobby"}), (chat::Cursor{{0xABCDEF0123456789}, {7}}));
  EXPECT_EQ(first.at({"ops"}), (chat::Cursor{{2}, {5}}));
  EXPECT_EQ(file.read(pin(2)).value().at({"lobby"}).number, chat::Number{9});
}

TEST(CursorFile, IsLeftAloneWhereItCannotBeRead) {
  const TemporaryFolder folder;
  const auto path = folder.path() / "cursors";
  const CursorFile file(path);
  const std::string good = to_text(pin(1)) + " 1f 3 ops\n";
  for (const std::string& line :
       {std::string("nonsense\n"), std::string("\n"), to_text(pin(1)) + " zz 3 lobby\n",
        to_text(pin(1)) + " 1 99", to_text(pin(1)) + " 1 2 ops and more\n",
        to_text(pin(1)) + " 1 2 " + std::string(60'000, 'n') + "\n"}) {
    std::ofstream(path) << good << line;
    const auto read = file.read(pin(1));
    ASSERT_FALSE(read) << line;
    EXPECT_NE(read.error().sentence.find("Line 2 of "), std::string::npos) << read.error().sentence;
    EXPECT_FALSE(file.write(pin(1), {{{"ops"}, {{1}, {4}}}}));
    EXPECT_EQ(text_of(path), good + line);
  }
  const std::string much(PrivateFile::kMostBytes + 1, '\n');
  std::ofstream(path) << much;
  EXPECT_FALSE(file.read(pin(1)));
  EXPECT_FALSE(file.write(pin(1), {{{"ops"}, {{1}, {4}}}}));
  EXPECT_EQ(text_of(path), much);
  std::filesystem::remove(path);
  std::filesystem::create_directory(path);
  EXPECT_FALSE(file.read(pin(1))) << "a folder in its place";
}

CursorFile::Cursors many_rooms(std::size_t count) {
  CursorFile::Cursors many;
  for (std::size_t i = 0; i < count; ++i) {
    many.emplace_back(chat::RoomName{fmt::format("room-{:06}", i)}, chat::Cursor{{1}, {i}});
  }
  return many;
}

TEST(CursorFile, KeepsTheRoomsUsedLast) {
  const TemporaryFolder folder;
  const CursorFile file(folder.path() / "cursors");
  ASSERT_TRUE(file.write(pin(1), {{{"first"}, {{1}, {1}}}}));
  ASSERT_TRUE(file.write(pin(1), many_rooms(150)));
  EXPECT_TRUE(file.read(pin(1)).value().contains({"first"}));
  ASSERT_TRUE(file.write(pin(1), many_rooms(1000)));
  const auto read = file.read(pin(1)).value();
  EXPECT_GT(read.size(), 150);
  EXPECT_FALSE(read.contains({"first"}));
  EXPECT_TRUE(read.contains({"room-000999"}));
}

TEST(CursorFile, KeepsThoseOfOtherServersWhateverOneHas) {
  const TemporaryFolder folder;
  const CursorFile file(folder.path() / "cursors");
  ASSERT_TRUE(file.write(pin(1), {{{"lobby"}, {{1}, {7}}}}));
  for (std::size_t i = 1; i <= 20; ++i) ASSERT_TRUE(file.write(pin(2), many_rooms(i * 1000)));
  EXPECT_EQ(file.read(pin(1)).value().at({"lobby"}).number, chat::Number{7});
  EXPECT_LE(std::filesystem::file_size(folder.path() / "cursors"),
            CursorFile::kMostBytesOfServer + 200);
  ASSERT_TRUE(file.write(pin(2), {{{"a b\nc"}, {{1}, {1}}}, {{std::string(60'000, 'n')}, {}}}));
  EXPECT_TRUE(file.read(pin(2))) << "what would spoil it is not written";
}

TEST(CursorFile, KeepsTheServersWhereSomebodyWasLast) {
  const TemporaryFolder folder;
  const CursorFile file(folder.path() / "cursors");
  for (std::uint8_t i = 1; i <= CursorFile::kMostServers + 1; ++i) {
    ASSERT_TRUE(file.write(pin(i), many_rooms(500)));
    ASSERT_TRUE(file.write(pin(1), {{{"lobby"}, {{1}, {i}}}}));
  }
  EXPECT_FALSE(file.read(pin(1)).value().empty());
  EXPECT_TRUE(file.read(pin(2)).value().empty());
  EXPECT_FALSE(file.read(pin(3)).value().empty());
}

TEST(CursorFile, LosesNothingWhereSeveralWriteIt) {
  const TemporaryFolder folder;
  const CursorFile file(folder.path() / "cursors");
  // Threads stand for processes here: each call opens the lock file again.
  std::vector<std::thread> others;
  for (std::uint8_t i = 1; i <= 4; ++i) {
    others.emplace_back([&file, i] {
      for (std::size_t n = 1; n <= 20; ++n) {
        while (!file.write(pin(i), {{{fmt::format("r{}", n)}, {{1}, {n}}}})) {
        }
      }
    });
  }
  for (auto& other : others) other.join();
  for (std::uint8_t i = 1; i <= 4; ++i) EXPECT_EQ(file.read(pin(i)).value().size(), 20);
}

}  // namespace
}  // namespace palabre::client
