#include "app/serve/log.h"

#include <gtest/gtest.h>

#include <array>
#include <cstdio>
#include <memory>
#include <string>

namespace palabre::app {
namespace {

TEST(Log, LetsNothingThroughThatAStrangerCouldForgeAnEntryWith) {
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::tmpfile(), &std::fclose);
  LogWriter writer(::fileno(file.get()), lost_line);
  const auto log = open_log(writer, "info");
  log->info("said: {}", "a\x1b[2J\n2026-01-01 00:00:00 error forged");
  log->debug("not at this level");
  std::rewind(file.get());
  std::array<char, 500> text{};
  const std::size_t size = std::fread(text.data(), 1, text.size(), file.get());
  const std::string all(text.data(), size);
  EXPECT_EQ(all.substr(std::string("2026-01-01 00:00:00 ").size()),
            "info  said: a\uFFFD[2J\n  2026-01-01 00:00:00 error forged\n");
}

}  // namespace
}  // namespace palabre::app
