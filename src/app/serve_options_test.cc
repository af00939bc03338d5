#include "app/serve_options.h"

#include <gtest/gtest.h>
#include <sysexits.h>

#include <fstream>
#include <string>

namespace palabre::app {
namespace {

class ServeOptionsTest : public testing::Test {
 protected:
  Result<ServeOptions> from_file(const std::string& text, ServeFlags flags = {}) {
    const auto* test = testing::UnitTest::GetInstance()->current_test_info();
    path_ = std::filesystem::temp_directory_path() /
            (std::string("palabre-options-") + test->name() + ".toml");
    std::ofstream(path_) << text;
    flags.config = path_;
    return resolve(flags);
  }
  void TearDown() override { std::filesystem::remove(path_); }

  std::filesystem::path path_;
};

TEST_F(ServeOptionsTest, AreTheDefaultsWhereNothingIsSaid) {
  const auto options = resolve({});
  ASSERT_TRUE(options);
  EXPECT_EQ(options->bind, "::");
  EXPECT_EQ(options->port, 5000);
  EXPECT_EQ(options->max_guests, 4096U);
  EXPECT_EQ(options->idle, std::chrono::minutes(10));
}

TEST_F(ServeOptionsTest, AreTheFilesThenTheFlags) {
  ServeFlags flags;
  flags.port = 5002;
  const auto options = from_file(
      "bind = '127.0.0.1'\nport = 5001\nmax-guests = 7\nidle = 60\nlog-level = 'warn'\n", flags);
  ASSERT_TRUE(options) << options.error().sentence;
  EXPECT_EQ(options->bind, "127.0.0.1");
  EXPECT_EQ(options->port, 5002);
  EXPECT_EQ(options->max_guests, 7U);
  EXPECT_EQ(options->idle, std::chrono::seconds(60));
  EXPECT_EQ(options->log_level, "warn");
}

TEST_F(ServeOptionsTest, NameTheLineAndTheKeyThatIsWrong) {
  for (const auto& [text, part] : std::initializer_list<std::pair<std::string, std::string>>{
           {"# x\nprot = 5000\n", ":2: prot is no option"},
           {"port = 'x'\n", ":1: port must be a whole number"},
           {"port = 70000\n", ":1: port must be from 0 to 65535"},
           {"port = -1\n", ":1: port must be"},
           {"max-guests = 0\n", ":1: max-guests must be from 1"},
           {"idle = 1\n", ":1: idle must be from 2"},
           {"memory = 1\n", ":1: memory must be true or false"},
           {"memory = false\n", ":1: memory can only be true yet"},
           {"log-level = 'loud'\n", ":1: log-level must be one of"},
           {"port = \n", ":1: "}}) {
    const auto options = from_file(text);
    ASSERT_FALSE(options) << text;
    EXPECT_EQ(options.error().exit_code, EX_CONFIG);
    EXPECT_NE(options.error().sentence.find(part), std::string::npos) << options.error().sentence;
    EXPECT_EQ(options.error().sentence.find('\n'), std::string::npos);
  }
}

TEST_F(ServeOptionsTest, SayWhichFileIsMissing) {
  ServeFlags flags;
  flags.config = "/nowhere/palabre.toml";
  const auto options = resolve(flags);
  ASSERT_FALSE(options);
  EXPECT_EQ(options.error().exit_code, EX_NOINPUT);
  EXPECT_NE(options.error().sentence.find("/nowhere/palabre.toml"), std::string::npos);
}

TEST_F(ServeOptionsTest, AreAllInTheShippedFileWithTheirDefaults) {
  std::ifstream shipped(PALABRE_SOURCE_DIR "/packaging/palabre.toml");
  ASSERT_TRUE(shipped);
  std::string uncommented;
  std::size_t keys = 0;
  for (std::string line; std::getline(shipped, line);) {
    if (line.starts_with("#") && line.find(" = ") != std::string::npos && line[1] != ' ') {
      uncommented += line.substr(1) + "\n";
      ++keys;
    }
  }
  EXPECT_EQ(keys, 6U);
  const auto options = from_file(uncommented);
  ASSERT_TRUE(options) << options.error().sentence;
  const ServeOptions defaults;
  EXPECT_EQ(options->bind, defaults.bind);
  EXPECT_EQ(options->port, defaults.port);
  EXPECT_EQ(options->max_guests, defaults.max_guests);
  EXPECT_EQ(options->idle, defaults.idle);
  EXPECT_EQ(options->memory, defaults.memory);
  EXPECT_EQ(options->log_level, defaults.log_level);
}

}  // namespace
}  // namespace palabre::app
