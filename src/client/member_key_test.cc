#include "client/member_key.h"

#include <gtest/gtest.h>

#include <fstream>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "drivers/temporary_folder.h"
#include "wire/login.h"

namespace palabre::client {
namespace {

using std::filesystem::perms;

class MemberKeyTest : public testing::Test {
 protected:
  std::string refusal() const {
    const auto key = MemberKey::load_or_make(file);
    return key ? "" : key.error().sentence;
  }

  TemporaryFolder folder;
  const std::filesystem::path file = folder.path() / "palabre" / "key";
};

TEST_F(MemberKeyTest, IsMadeOnceForNobodyElseToRead) {
  const auto key = MemberKey::load_or_make(file);
  ASSERT_TRUE(key) << key.error().sentence;
  EXPECT_EQ(std::filesystem::status(file).permissions(), perms::owner_read | perms::owner_write);
  EXPECT_EQ(std::filesystem::status(file.parent_path()).permissions(), perms::owner_all);
  const auto again = MemberKey::load_or_make(file);
  ASSERT_TRUE(again) << again.error().sentence;
  EXPECT_EQ(again->public_key(), key->public_key());
  EXPECT_NE(MemberKey::load_or_make(folder.path() / "other")->public_key(), key->public_key());
}

TEST_F(MemberKeyTest, SignsWhatItsPublicHalfVerifies) {
  const auto key = MemberKey::load_or_make(file);
  ASSERT_TRUE(key);
  const auto message = wire::login_message({{{1}}, {{2}}, {3}, {}});
  const wire::Signature signature = key->sign(message);
  EXPECT_TRUE(wire::verify({key->public_key().bytes}, signature, message));
  const auto other = wire::login_message({{{1}}, {{9}}, {3}, {}});
  EXPECT_FALSE(wire::verify({key->public_key().bytes}, signature, other));
}

TEST_F(MemberKeyTest, IsNotUsedWhereOthersCanReadOrWriteIt) {
  ASSERT_EQ(refusal(), "");
  for (const perms more : {perms::group_read, perms::others_read, perms::others_write}) {
    std::filesystem::permissions(file, perms::owner_read | perms::owner_write | more);
    EXPECT_NE(refusal().find("chmod 600"), std::string::npos) << refusal();
  }
  std::filesystem::permissions(file, perms::owner_read | perms::owner_write);
  EXPECT_EQ(refusal(), "");
}

TEST_F(MemberKeyTest, IsNeverReplacedWhereItIsDamaged) {
  ASSERT_EQ(refusal(), "");
  const std::string good = text_of(file);
  std::vector<std::string> damaged{"", "\n", good.substr(1), good.substr(0, 40), good + good};
  std::string one_letter = good;
  one_letter[20] = one_letter[20] == 'A' ? 'B' : 'A';
  damaged.push_back(one_letter);
  for (const std::string& text : damaged) {
    std::ofstream(file, std::ios::trunc) << text;
    EXPECT_NE(refusal().find("damaged"), std::string::npos) << text;
    EXPECT_EQ(text_of(file), text);
  }
  std::filesystem::remove(file);
  std::filesystem::create_directory(file);
  std::filesystem::permissions(file, perms::owner_all);
  EXPECT_NE(refusal(), "");
}

TEST_F(MemberKeyTest, IsOneForAllWhoMakeItAtOnce) {
  std::vector<std::string> seen(8);
  {
    std::vector<std::jthread> threads;
    for (std::string& mine : seen) {
      threads.emplace_back([&] {
        const auto key = MemberKey::load_or_make(file);
        const auto& bytes = key ? key->public_key().bytes : chat::MemberKey{}.bytes;
        mine.assign(bytes.begin(), bytes.end());
      });
    }
  }
  EXPECT_EQ(std::set<std::string>(seen.begin(), seen.end()).size(), 1U);
  EXPECT_NE(seen[0], std::string(32, '\0'));
  const std::filesystem::directory_iterator files(file.parent_path());
  EXPECT_EQ(std::distance(begin(files), end(files)), 1) << "nothing is left over";
}

}  // namespace
}  // namespace palabre::client
