/**
 * Pages of documents: which are wanted (filters), in which order, and from where on. A page is read over an index where
 * one fits, else from all documents; both give the same.
 */
package io.lanyard.daemon.api.list;
