/**
 * Everything that is served, one row for each path and method ({@link io.lanyard.daemon.api.route.ApiRoutes}), and what
 * each does: reads its parameters, asks the node, writes the answer.
 */
package io.lanyard.daemon.api.route;
