#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include <spdlog/logger.h>

#include "app/serve/log_writer.h"

namespace palabre::app {

/// The line that stands where `lost` others did not fit.
std::string lost_line(std::uint64_t lost);

/// A log by `writer`, which it borrows, one readable line an entry. Whatever an entry repeats of
/// what strangers wrote is made safe first, by the filter that guards what guests are shown: no
/// escape reaches the operator's terminal, and no newline forges an entry. `level` is a name of
/// spdlog's.
std::shared_ptr<spdlog::logger> open_log(LogWriter& writer, const std::string& level);

}  // namespace palabre::app
