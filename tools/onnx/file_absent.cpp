#include "framework/error.h"
#include "tools/onnx/graph.h"

namespace fno {

std::string onnx_version() { return {}; }

void require_onnx() {
  fail(ErrorKind::config,
       "ONNX files need the onnx library, without which this program was built: install libonnx-dev and "
       "libprotobuf-dev, configure again with cmake and build");
}

void write_onnx(const std::string&, const OnnxGraph&) { require_onnx(); }

}  // namespace fno
