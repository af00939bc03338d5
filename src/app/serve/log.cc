#include "app/serve/log.h"

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <spdlog/details/null_mutex.h>
#include <spdlog/sinks/base_sink.h>

#include <ctime>
#include <string_view>

#include "wire/clean.h"

namespace palabre::app {
namespace {

class CleanSink final : public spdlog::sinks::base_sink<spdlog::details::null_mutex> {
 public:
  explicit CleanSink(LogWriter& writer) : writer_(writer) {}

 private:
  void sink_it_(const spdlog::details::log_msg& message) override {
    const std::string_view said(message.payload.data(), message.payload.size());
    const std::string safe = wire::indent_continuations(wire::clean(said).text);
    spdlog::details::log_msg clean_message(message);
    clean_message.payload = safe;
    spdlog::memory_buf_t line;
    formatter_->format(clean_message, line);
    writer_.write({line.data(), line.size()});
  }
  void flush_() override {}

  LogWriter& writer_;
};

}  // namespace

std::string lost_line(std::uint64_t lost) {
  return fmt::format(
      "{:%Y-%m-%d %H:%M:%S} warn  {} {} lost here: nobody read this log for a while\n",
      fmt::localtime(std::time(nullptr)), lost, lost == 1 ? "line was" : "lines were");
}

std::shared_ptr<spdlog::logger> open_log(LogWriter& writer, const std::string& level) {
  auto log = std::make_shared<spdlog::logger>("palabre", std::make_shared<CleanSink>(writer));
  log->set_pattern("%Y-%m-%d %H:%M:%S %-5l %v");
  log->set_level(spdlog::level::from_str(level));
  return log;
}

}  // namespace palabre::app
