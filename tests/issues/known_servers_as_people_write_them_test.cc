#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "client/known_servers.h"
#include "drivers/temporary_folder.h"

// A wrong pin that is passed over is a server that is trusted anew.

namespace palabre::client {
namespace {

using Seen = KnownServers::Seen;

Pin pin(std::uint8_t first) {
  Pin made;
  made.bytes[0] = first;
  return made;
}
const Pin kPin = pin(1);
const Pin kOther = pin(2);
const wire::ServerName kServer{"localhost", 5000};

class KnownServersAsPeopleWriteThem : public testing::Test {
 protected:
  void write(const std::string& text) {
    std::ofstream(file_, std::ios::binary) << text;
    std::filesystem::permissions(file_, std::filesystem::perms(0600));  // whatever the umask
  }

  TemporaryFolder folder_;
  const std::filesystem::path file_ = folder_.path() / "known_servers";
  const KnownServers known_{file_};
};

TEST_F(KnownServersAsPeopleWriteThem, AreRead) {
  const std::string other = to_text(kOther);
  for (const std::string& line :
       {"localhost:5000 " + other, "\xEF\xBB\xBFlocalhost:5000 " + other, "LocalHost:5000 " + other,
        "localhost:5000 " + other + "\r", "  localhost:5000\t" + other + "  ",
        "localhost:5000   " + other + " # mine", "localhost " + other}) {
    write(line + "\n");
    const auto expected = known_.expected(kServer, {});
    ASSERT_TRUE(expected) << line << ": " << expected.error().sentence;
    EXPECT_EQ(*expected, kOther) << line;
    EXPECT_FALSE(known_.confirm(kServer, {}, kPin)) << line;
  }
}

TEST_F(KnownServersAsPeopleWriteThem, AreRefusedWithTheLineWhereTheyCannotBeRead) {
  const std::string good = "localhost:5000 " + to_text(kPin) + "\n";
  for (const std::string& line :
       {std::string("localhost:5000"), "localhost 5000 " + to_text(kPin), to_text(kPin),
        std::string("\xFF\xFEl\0o\0", 6), "localhost:5000 " + to_text(kPin) + " and more",
        "localhost:5000 " + to_text(kOther)}) {
    write(good + line + "\n");
    const auto expected = known_.expected(kServer, {});
    ASSERT_FALSE(expected) << line;
    EXPECT_NE(expected.error().sentence.find(" 2 of "), std::string::npos)
        << expected.error().sentence;
  }
}

TEST_F(KnownServersAsPeopleWriteThem, NeedNoPlaceWhereALinkVouchesForTheServer) {
  const KnownServers nowhere("/proc/self/known_servers");
  EXPECT_EQ(nowhere.confirm(kServer, kPin, kPin).value(), Seen::kNotRemembered);
  EXPECT_FALSE(nowhere.confirm(kServer, {}, kPin)) << "nobody vouches for it";
  EXPECT_FALSE(nowhere.confirm(kServer, kOther, kPin)) << "it is another";
}

TEST_F(KnownServersAsPeopleWriteThem, AreRefusedWhereOthersMayWriteThem) {
  write("localhost:5000 " + to_text(kPin) + "\n");
  std::filesystem::permissions(file_, std::filesystem::perms(0640));
  EXPECT_TRUE(known_.expected(kServer, {})) << "who reads it learns no secret";
  for (const unsigned mode : {0620U, 0602U, 0666U}) {
    std::filesystem::permissions(file_, std::filesystem::perms(mode));
    EXPECT_FALSE(known_.expected(kServer, {})) << mode;
    EXPECT_FALSE(known_.confirm(kServer, {}, kPin)) << mode;
  }
}

}  // namespace
}  // namespace palabre::client
