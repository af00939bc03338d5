#include "client/cursor_file.h"

#include <gtest/gtest.h>

#include <fstream>
#include <string>

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
  EXPECT_TRUE(file.read(pin(1)).empty());
  ASSERT_TRUE(
      file.write(pin(1), {{{"lobby"}, {{0xABCDEF0123456789}, {7}}}, {{"ops"}, {{2}, {1}}}}));
  ASSERT_TRUE(file.write(pin(2), {{{"lobby"}, {{3}, {9}}}}));
  ASSERT_TRUE(file.write(pin(1), {{{"ops"}, {{2}, {5}}}}));
  const auto first = file.read(pin(1));
  ASSERT_EQ(first.size(), 2);
  EXPECT_EQ(first.at({"lobby"}), (chat::Cursor{{0xABCDEF0123456789}, {7}}));
  EXPECT_EQ(first.at({"ops"}), (chat::Cursor{{2}, {5}}));
  EXPECT_EQ(file.read(pin(2)).at({"lobby"}).number, chat::Number{9});
}

TEST(CursorFile, LeavesNonsenseAside) {
  const TemporaryFolder folder;
  const auto path = folder.path() / "cursors";
  std::ofstream(path) << "nonsense\n\n"
                      << to_text(pin(1)) << " zz 3 lobby\n"
                      << to_text(pin(1)) << " 1f 3 ops\n"
                      << to_text(pin(1)) << " 1 99";
  const auto read = CursorFile(path).read(pin(1));
  ASSERT_EQ(read.size(), 1);
  EXPECT_EQ(read.at({"ops"}), (chat::Cursor{{0x1F}, {3}}));
}

TEST(CursorFile, KeepsTheRoomsUsedLast) {
  const TemporaryFolder folder;
  const CursorFile file(folder.path() / "cursors");
  CursorFile::Cursors many;
  for (std::size_t i = 0; i <= CursorFile::kMost; ++i) {
    many.emplace_back(chat::RoomName{std::to_string(i)}, chat::Cursor{{1}, {i}});
  }
  ASSERT_TRUE(file.write(pin(1), many));
  const auto read = file.read(pin(1));
  EXPECT_EQ(read.size(), CursorFile::kMost);
  EXPECT_FALSE(read.contains({"0"}));
}

}  // namespace
}  // namespace palabre::client
