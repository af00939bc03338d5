#include "fanout_machine.h"

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <fstream>
#include <memory>
#include <stdexcept>

namespace palabre::bench {
namespace {

std::string processor_model() {
  std::ifstream file("/proc/cpuinfo");
  for (std::string line; std::getline(file, line);) {
    if (!line.starts_with("model name")) continue;
    const std::size_t colon = line.find(": ");
    if (colon != std::string::npos) return line.substr(colon + 2);
  }
  return "unknown";
}

}  // namespace

Machine this_machine() {
  utsname name{};
  uname(&name);
  return {processor_model(), static_cast<unsigned>(sysconf(_SC_NPROCESSORS_ONLN)),
          fmt::format("{} {} {}", name.sysname, name.release, name.machine)};
}

std::string today() {
  return fmt::format("{:%Y-%m-%d}", fmt::gmtime(std::chrono::system_clock::now()));
}

std::string load_average() {
  std::ifstream file("/proc/loadavg");
  std::string one;
  std::string five;
  std::string fifteen;
  file >> one >> five >> fifteen;
  return fmt::format("{} {} {}", one, five, fifteen);
}

std::string checked_out_commit() {
  constexpr const char* kAsk = "cd '" PALABRE_SOURCE_DIR
                               "' 2>/dev/null && git rev-parse --short HEAD 2>/dev/null && "
                               "{ git diff --quiet HEAD -- src || echo 'and changes in src'; }";
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> git(popen(kAsk, "r"), &pclose);
  if (git == nullptr) return "unknown";
  std::string answer;
  std::array<char, 64> line{};
  while (std::fgets(line.data(), line.size(), git.get()) != nullptr) answer += line.data();
  std::replace(answer.begin(), answer.end(), '\n', ' ');
  while (answer.ends_with(' ')) answer.pop_back();
  return answer.empty() ? "unknown" : answer;
}

std::string heading(const std::string& title, const std::string& commit,
                    const std::string& command) {
  const Machine machine = this_machine();
  return fmt::format(
      "# {}, {}\n\n"
      "- machine: {}, {} cores, {}\n"
      "- commit: {}; build: {}\n"
      "- load average at the start: {}\n"
      "- command: `{}`\n",
      title, today(), machine.processor, machine.cores, machine.kernel,
      commit.empty() ? checked_out_commit() : commit, PALABRE_BUILD_TYPE, load_average(), command);
}

std::string command_line(const std::string& name, int argc, char** argv) {
  std::string command = name;
  for (int i = 1; i < argc; ++i) command += fmt::format(" {}", argv[i]);
  return command;
}

void publish(const std::string& report, const std::string& file) {
  fmt::print("{}", report);
  if (file.empty()) return;
  std::ofstream written(file);
  written << report;
  if (!written.flush()) throw std::runtime_error(file + " cannot be written.");
}

}  // namespace palabre::bench
