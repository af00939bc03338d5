#include "app/member/client_config.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <set>
#include <string>

#include "drivers/temporary_folder.h"
#include "wire/names.h"

namespace palabre::app {
namespace {

Result<ClientConfig> read(const std::string& text) {
  const TemporaryFolder folder;
  const auto file = folder.path() / "config.toml";
  std::ofstream(file) << text;
  return read_client_config(file);
}

TEST(ClientConfig, NeedsNoFile) {
  const auto config = read_client_config("/nonexistent/config.toml");
  ASSERT_TRUE(config);
  EXPECT_EQ(config->host, (wire::ServerName{"localhost", 5000}));
  EXPECT_EQ(config->nick, std::nullopt);
}

TEST(ClientConfig, IsFourKeys) {
  const auto config =
      read("host = \"chat.example:5001\"\nnick = \"awa\"\ncolour = false\nplain = true\n");
  ASSERT_TRUE(config) << config.error().sentence;
  EXPECT_EQ(config->host, (wire::ServerName{"chat.example", 5001}));
  EXPECT_EQ(config->nick, "awa");
  EXPECT_FALSE(config->colour);
  EXPECT_TRUE(config->plain);
}

TEST(ClientConfig, NamesTheLineThatIsWrong) {
  for (const char* text : {"nick = \"a\"\nhots = \"x\"\n", "\nnick = \"a b\"\n", "\nplain = 1\n",
                           "\nhost = \"a b\"\n", "\n= 3\n"}) {
    const auto config = read(text);
    ASSERT_FALSE(config) << text;
    EXPECT_NE(config.error().sentence.find("config.toml:2:"), std::string::npos)
        << config.error().sentence;
  }
}

TEST(NicksFor, AreNicknamesWhateverTheAccountIsCalled) {
  for (const char* account : {"awa", "", "a b\x1b", "-x", "averyveryverylongaccountnameindeed"}) {
    const auto nicks = nicks_for(account, "ship.example");
    EXPECT_EQ(std::set(nicks.begin(), nicks.end()).size(), 8);
    for (const auto& nick : nicks) EXPECT_TRUE(wire::parse_nick(nick)) << nick;
  }
  const auto nicks = nicks_for("awa", "ship.example");
  EXPECT_EQ(nicks[0], "awa");
  EXPECT_EQ(nicks[1], "awa-ship");
  EXPECT_EQ(nicks[2], "awa-2");
}

}  // namespace
}  // namespace palabre::app
