#include "cuda/emulation/runtime.h"
#include "framework/error.h"

namespace fno::cu::CU_TARGET {

std::string Status::message() const {
  return ok() ? std::string(call) + ": success"
              : std::string(call) + ": " + text + " (error " + std::to_string(code) + ")";
}

void check(const Status& status, const std::string& context) {
  require<ErrorKind::device>(status.ok(), context, context.empty() ? "" : ": ", status.message());
}

}  // namespace fno::cu::CU_TARGET
