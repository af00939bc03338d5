#include "client/known_servers.h"

#include <gtest/gtest.h>
#include <sysexits.h>

#include <algorithm>
#include <fstream>
#include <latch>
#include <string>
#include <thread>
#include <vector>

#include "drivers/temporary_folder.h"

namespace palabre::client {
namespace {

using Seen = KnownServers::Seen;

const wire::ServerName kServer{"chat.example", 5000};
const Pin kPin{{1}};
const Pin kOther{{2}};

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

class KnownServersTest : public testing::Test {
 protected:
  void write(const std::string& text) const {
    std::filesystem::create_directories(file.parent_path());
    std::ofstream(file, std::ios::trunc) << text;
    std::filesystem::permissions(file, std::filesystem::perms(0600));  // whatever the umask
  }
  std::optional<Seen> confirm(const Pin& pin) const {
    const auto seen = known.confirm(kServer, {}, pin);
    return seen ? std::optional(*seen) : std::nullopt;
  }

  TemporaryFolder folder;
  const std::filesystem::path file = folder.path() / "palabre" / "known_servers";
  const KnownServers known{file};
};

TEST_F(KnownServersTest, RemembersTheFirstPinOfAServer) {
  EXPECT_EQ(known.expected(kServer, {}).value(), std::nullopt);
  EXPECT_EQ(confirm(kPin), Seen::kFirst);
  EXPECT_EQ(confirm(kPin), Seen::kAgain);
  EXPECT_EQ(known.expected(kServer, {}).value(), kPin);
  EXPECT_EQ(text_of(file), "chat.example:5000 " + to_text(kPin) + "\n");
  EXPECT_EQ(known.expected({"chat.example", 5001}, {}).value(), std::nullopt) << "another port";
  EXPECT_EQ(known.expected({"at.example", 5000}, {}).value(), std::nullopt);
}

TEST_F(KnownServersTest, RefusesAnotherPinAndSaysWhatToDo) {
  write("# mine\n\n[::1]:5000 " + to_text(kOther) + "\n");
  EXPECT_EQ(confirm(kPin), Seen::kFirst);
  const std::string before = text_of(file);
  const auto seen = known.confirm(kServer, {}, kOther);
  ASSERT_FALSE(seen);
  EXPECT_EQ(seen.error().exit_code, EX_NOPERM);
  const std::string& words = seen.error().sentence;
  for (const std::string& part : {to_text(kPin), to_text(kOther), file.string(),
                                  std::string("line 4"), std::string("take that line away")}) {
    EXPECT_TRUE(has(words, part)) << part << "\n" << words;
  }
  EXPECT_EQ(text_of(file), before);
}

TEST_F(KnownServersTest, ExpectsThePinOfALinkAndRefusesOneThatIsNotTheKnownOne) {
  EXPECT_EQ(known.expected(kServer, kPin).value(), kPin);
  ASSERT_FALSE(known.confirm(kServer, kPin, kOther)) << "the server is another";
  EXPECT_FALSE(std::filesystem::exists(file)) << "and not remembered";
  EXPECT_EQ(known.confirm(kServer, kPin, kPin).value(), Seen::kFirst);
  EXPECT_EQ(known.expected(kServer, kPin).value(), kPin);
  const auto other = known.expected(kServer, kOther);
  ASSERT_FALSE(other);
  EXPECT_TRUE(has(other.error().sentence, to_text(kOther))) << other.error().sentence;
  EXPECT_TRUE(has(other.error().sentence, "line 1 of " + file.string()));
  EXPECT_FALSE(known.confirm(kServer, kOther, kOther));
}

TEST_F(KnownServersTest, RefusesAFileWithALineThatIsNone) {
  for (const std::string& line :
       {std::string("chat.example:5000"), "chat.example:5000 " + to_text(kPin) + " more",
        "chat.example:5000 " + to_text(kPin).substr(1), std::string("\x01")}) {
    write("# first\n" + line + "\n");
    EXPECT_FALSE(known.expected(kServer, {})) << line;
    const auto seen = known.confirm(kServer, {}, kPin);
    ASSERT_FALSE(seen) << line;
    EXPECT_TRUE(has(seen.error().sentence, "Line 2 of")) << seen.error().sentence;
  }
}

TEST_F(KnownServersTest, AddsALineOfItsOwnWhereTheLastOneHasNoEnd) {
  write("[::1]:5000 " + to_text(kOther));
  EXPECT_EQ(confirm(kPin), Seen::kFirst);
  EXPECT_EQ(text_of(file),
            "[::1]:5000 " + to_text(kOther) + "\nchat.example:5000 " + to_text(kPin) + "\n");
  EXPECT_EQ(known.expected({"::1", 5000}, {}).value(), kOther);
}

TEST_F(KnownServersTest, RemembersOnePinWhereSeveralSeeAServerFirstAtOnce) {
  constexpr std::size_t kThreads = 16;
  for (int round = 0; round < 50; ++round) {
    std::filesystem::remove(file);
    std::vector<std::optional<Seen>> seen(kThreads);
    std::latch all_are_here(kThreads);
    {
      std::vector<std::jthread> threads;
      for (std::size_t i = 0; i < kThreads; ++i) {
        threads.emplace_back([&, i] {
          all_are_here.arrive_and_wait();
          seen[i] = confirm(i % 2 == 0 ? kPin : kOther);
        });
      }
    }
    ASSERT_EQ(std::count(seen.begin(), seen.end(), Seen::kFirst), 1);
    ASSERT_EQ(std::count(seen.begin(), seen.end(), Seen::kAgain), 7);
    ASSERT_EQ(std::count(seen.begin(), seen.end(), std::nullopt), 8);
    const std::string text = text_of(file);
    ASSERT_EQ(std::count(text.begin(), text.end(), '\n'), 1);
  }
}

}  // namespace
}  // namespace palabre::client
