// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: A test that forges a pass for itself and crashes has crashed
---*/

$rewind.fault("forge");
$rewind.fault("null");
